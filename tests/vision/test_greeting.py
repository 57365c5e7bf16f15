import pytest

from fer.vision.greeting import Greeter, Greeting
from tests.vision.test_group_photo import face, happy


def times(looks):
    """When it greets; a look is a tenth of a second."""
    greeter = Greeter(Greeting("happy", "Hello!", sound=False))
    return [at for at, faces in enumerate(looks) if greeter.see(faces, at / 10)]


def test_it_greets_once_when_somebody_has_shown_it_for_half_a_second():
    assert times([[face(0, "sad")]] * 10 + [happy(0)] * 40) == [15]


def test_it_greets_again_after_nobody_showed_it():
    assert times([happy(0)] * 20 + [[]] * 20 + [[face(0, "neutral"), *happy(1)]] * 20) == [5, 45]


def test_a_look_that_is_mistaken_changes_nothing():
    assert times([[face(0, "sad")], *[happy(0)] * 3] * 5) == []
    assert times([happy(0)] * 20 + [[face(0, "sad")]] + [happy(0)] * 20) == [5]


@pytest.mark.parametrize(
    ("given", "said"), [(("joy", "Hello", True), "'joy'"), (("happy", "", False), "needs a text or a sound.$")]
)
def test_what_is_no_greeting_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        Greeting(*given)
