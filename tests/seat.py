"""The messages of numbers as a student's page sends them (device/src/messages.js)."""

import struct

HAPPY = (200, 200, 200, 8200, 600, 200, 400)  # ten-thousandths


def look(status, *faces):
    return struct.pack("<BBB", 1, status, len(faces)) + b"".join(faces)


def face(whose=0, doubt=0, box=(-10, 205, 990, 1200), parts=HAPPY, readable=9000):
    return struct.pack("<BB4h8H", whose, doubt, *box, *parts, readable)


def step(number, label, parts=HAPPY):
    return struct.pack("<BBB7H", 2, number, label, *parts)


def state(status):
    return struct.pack("<BB", 3, status)
