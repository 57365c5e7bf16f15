"""The models: what was measured of each, where the chosen one fails, and which one serves new lessons."""

import streamlit as st

from fer.config import MODELS_DIR
from fer.insight import charts, model_figures
from fer.languages import _
from fer.store.audit import Done
from fer.vision.cards import Card, list_cards
from fer.vision.classifier import speeds
from fer.web import guards, screen

guards.require_teacher()

NUMBER = st.column_config.NumberColumn
COLUMNS = {
    "FER-2013": NUMBER(
        format="%.1f %%",
        help=_(
            "Of the test faces, how many get the data set's own label. As in a lesson, a "
            "model sees each as it is and mirrored."
        ),
    ),
    "FER+": NUMBER(format="%.1f %%", help=_("How many get the label that most of ten people chose; never contempt.")),
    "Macro F1": NUMBER(format="%.2f", help=_("Every expression counts the same, however rare it is.")),
    "ECE": NUMBER(
        format="%.3f",
        help=_(
            "Calibration error: how far its probabilities are from how often it is right, on faces "
            "that did not calibrate it."
        ),
    ),
    "MB": NUMBER(format="%.1f"),
    _("Parameters"): NUMBER(format="compact"),
    _("Accuracy"): NUMBER(format="%.1f %%"),
    _("Lost points"): NUMBER(format="%.1f"),
    _("Faces/s here"): NUMBER(format="%d", help=_("Faces per second on this server, 32 at a time.")),
}
KNOWN_HELP = _("Of other faces of people who were learnt, with a threshold that lets hardly any stranger pass.")


def main() -> None:
    running = guards.running()
    cards, problems = list_cards(MODELS_DIR)
    st.title(_("Models"))
    st.write(
        _(
            "A model guesses the expression of a face from a picture of 48x48 grey pixels. Each was measured on test "
            "faces whose labels people gave; people disagree on them too, so none gets all of them right."
        )
    )
    for problem in problems:
        st.warning(_("A model is left out. {problem}").format(problem=screen.plain(problem)))
    if not cards:
        st.info(_("There is no model to show."))
        return
    cards.sort(key=lambda card: -card.metrics["accuracy"])
    card = pick(cards, in_use := running.recognition.model.card.name if running.recognition is not None else "")
    st.header(screen.plain(card.name))
    switch(running, card, in_use)
    failures(card, running.settings.unsure_below)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(_("**What it mistakes for what**"))
        chart = charts.confusion_chart(model_figures.confusion(card), screen.on_dark())
        st.container(key="chart-confusion").altair_chart(chart, key=f"confusion-{card.name}")
    with right:
        training(card)
        robustness(card)
    st.markdown(
        _("**What the words mean**")
        + "\n"
        + "\n".join(f"- *{_(word)}*: {_(looks)}" for word, looks in model_figures.LOOKS.items())
    )
    st.caption(_("They say how a face looks in one moment, not what somebody feels, thinks or has understood."))
    who_a_face_is()
    with st.expander(_("Its card: how it was trained, and all that was measured")):
        st.json(vars(card))


def pick(cards: list[Card], in_use: str) -> Card:
    """The card whose row is selected, else the one in the address, else that of the model in use."""
    measured, problems = st.session_state.get("speeds", ({}, []))
    table = model_figures.models_table(cards, MODELS_DIR)
    table.insert(1, _("Serves"), [_("new lessons") if card.name == in_use else "" for card in cards])
    if measured:
        table[_("Faces/s here")] = [measured.get(card.name) for card in cards]
    row = screen.chosen_row(table, "models", column_config=COLUMNS, placeholder="–")
    if st.button(
        _("Measure faces/s here"),
        icon=":material/speed:",
        disabled=bool(guards.running().lessons.served()),
        help=_("A second or two per model; not while a lesson is open."),
    ):
        with st.spinner(_("Measuring …")):
            st.session_state["speeds"] = speeds(MODELS_DIR, [card.name for card in cards])
        st.rerun()
    for problem in problems:
        st.warning(_("A model was not measured. {problem}").format(problem=screen.plain(problem)))
    by_name = {card.name: card for card in cards}
    return cards[row] if row is not None else by_name.get(st.query_params.get("model"), by_name.get(in_use, cards[0]))


def switch(running, card: Card, in_use: str) -> None:
    if running.recognition is None:
        st.info(_("This server computes no expressions (FER_EXPRESSIONS=off), so no model serves."))
        return
    held = running.lessons.served()
    if card.name == in_use:
        st.success(_("This model serves new lessons."), icon=":material/check:")
    if not guards.require_teacher().is_admin:
        if card.name != in_use:
            st.caption(_("An admin chooses which model serves."))
        return  # whose lesson is open is not every teacher's to know
    if card.name != in_use and st.button(_("Use it for new lessons"), type="primary", disabled=bool(held)):
        try:
            running.lessons.use_model(card.name)
            guards.note(Done.CHANGED, f"the model that serves, to {card.name}")
            st.rerun()
        except ValueError as error:
            st.error(screen.plain(str(error)))
    if held:
        st.info(
            _("The lesson {title} keeps {in_use} until it has ended. Choose another model then.").format(
                title=screen.plain(held[0].title), in_use=screen.plain(in_use)
            )
        )
    st.caption(_("The choice holds until another is made here, or the setting FER_MODEL changes."))


def failures(card: Card, unsure_below: float) -> None:
    weak = [
        f"- ***{_(emotion)}***: {model_figures.weakness(card, emotion)}" for emotion in model_figures.weak_classes(card)
    ]
    st.markdown("\n".join([_("**Where it fails**"), *weak, "", *model_figures.notes(card, unsure_below)]))


def training(card: Card) -> None:
    try:
        curves = model_figures.curves(MODELS_DIR / f"{card.name}.history.csv")
    except ValueError as error:
        st.warning(screen.plain(str(error)))
        return
    if curves.empty:
        st.caption(_("No training curves: it was not trained in epochs, or its history is not here."))
    for figure in curves["figure"].unique():
        st.markdown(_(model_figures.WHILE_IT_LEARNT[figure]))
        st.altair_chart(charts.curve_chart(curves, figure, screen.on_dark()), key=f"{figure}-{card.name}")


def who_a_face_is() -> None:
    try:
        table = model_figures.identity_table(MODELS_DIR / "people" / "orl.json")
        mistakes = model_figures.identity_mistakes(MODELS_DIR / "people" / "orl.json")
    except ValueError as error:
        st.warning(screen.plain(str(error)))
        return
    if table.empty:
        return
    st.header(_("Who a face is"))
    st.write(
        _(
            "People who agreed are told apart by two kinds of vector and three models with their vote. Measured on the 400 "
            "faces of ORL, means over random splits: five faces of each person learnt, the others named; and with strangers."
        )
    )
    percents = {_(name): NUMBER(format="%.1f %%") for name in model_figures.IDENTITY_FIGURES.values()}
    percents[_("Known and named")] = NUMBER(format="%.1f %%", help=KNOWN_HELP)
    percents[_("Strangers named")] = NUMBER(
        format="%.1f %%", help=_("Of faces of people who were not learnt. Fewer is better.")
    )
    screen.table(table, column_config=percents | {_("ms a face"): NUMBER(format="%.1f")})
    with st.expander(_("Who was taken for whom by the vote")):
        st.write(
            _("The cells of the confusion matrix beside its diagonal, over all splits. The people are those of ORL.")
        )
        share = NUMBER(format="%.1f %%", help=_("Of this person's faces."))
        screen.table(mistakes, column_config={_("Share"): share}, height=320)


def robustness(card: Card) -> None:
    table = model_figures.robustness_table(card)
    if len(table):
        st.markdown(_("**Pictures as cameras send them**"))
        screen.table(table, column_config=COLUMNS)


main()
