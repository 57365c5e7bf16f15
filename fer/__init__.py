"""Live Class Monitor: from a student's camera to the teacher's dashboard and CSV."""
