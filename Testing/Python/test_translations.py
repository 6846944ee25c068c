"""Translations: every text has one that is finished and fits, the panel speaks it, and so do the library's sentences."""

import ast
import json
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Testing"))

from make_translations import RESOURCES, languages, templates_text, ts_path  # noqa: E402
from translation_files import fields, read_ts, write_ts  # noqa: E402
from translation_texts import SENTENCES, sentences, texts  # noqa: E402

UPDATE = "run: .venv/bin/python Testing/make_translations.py, and translate what it lists as unfinished"
LANGUAGES = languages()


@pytest.fixture(scope="module")
def found():
    return texts()


def test_german_is_there():
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_nothing_else_is(found, language):
    known = {context: set(translated) for context, translated in read_ts(ts_path(language)).items()}
    assert known == {context: set(sources) for context, sources in found.items()}, UPDATE


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_the_same_in_a_translation(language):
    """Slicer would leave such a text in English; a sentence of the library would break."""
    wrong = [
        (source, translation)
        for context in read_ts(ts_path(language)).values()
        for source, translation in context.items()
        if fields(source) != fields(translation)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_around_a_text_is_the_same_in_a_translation(language):
    """Such as the blank before a unit, or the colon behind a name."""

    def around(text):
        dots = text.endswith("...")
        return text[:1] == " ", text[-1:] == " ", dots, text[-1:] == ":", text[-1:] == "." and not dots

    wrong = [
        (source, translation)
        for context in read_ts(ts_path(language)).values()
        for source, translation in context.items()
        if around(source) != around(translation)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_that_qt_reads_is_of_the_file_that_is_edited(booted_host, language):
    from PySide6.QtCore import QTranslator

    translator = QTranslator()
    assert translator.load(str(RESOURCES / f"RayEmbRegistration_{language}.qm"))
    for context, translated in read_ts(ts_path(language)).items():
        for source, translation in translated.items():
            assert translator.translate(context, source) == translation, UPDATE


def test_the_panel_reads_the_templates_of_now(found):
    assert (RESOURCES / "sentences.json").read_text(encoding="utf-8") == templates_text(found), UPDATE


def test_an_edited_file_keeps_its_translations_and_says_what_lacks_one(tmp_path):
    path = tmp_path / "some_de.ts"
    assert write_ts(path, {"A": ["one", "two & <three>"]}, {"A": {"one": "eins", "gone": "weg"}}, "de") == 1
    assert read_ts(path) == {"A": {"one": "eins"}}
    assert write_ts(path, {"A": ["two & <three>"], "B": ["one"]}, read_ts(path), "de") == 1
    assert read_ts(path) == {"A": {}, "B": {"one": "eins"}}, "a text that moved takes its translation along"


def test_templates_are_read_out_of_the_source():
    known = set(sentences())
    assert "{path} is a folder; give one file" in known
    assert "only {value} % of the bone is in the X-ray: take a view that shows more of it" in known
    assert {"higher than wide", "wider than high"} <= known, "both ways of a choice"
    assert not [template for template in known if template != template.strip()]


def test_english_stays_as_it_is(booted_host):
    from RayEmbRegistrationPanel.sentences import asSentence

    assert asSentence("depth is uncertain by 9 mm from this single view; add a second view") == (
        "Depth is uncertain by 9 mm from this single view; add a second view."
    )


@pytest.fixture(scope="module")
def german(booted_host):
    """The host with the panel in German, and then in English again."""
    booted_host.unload_modules()
    booted_host.clear()
    booted_host.app.setLanguage("de-DE")
    booted_host.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py")
    booted_host.process_events(0.1)
    yield booted_host
    booted_host.unload_modules()
    booted_host.app.setLanguage("en-US")
    booted_host.clear()


@pytest.fixture
def panel(german):
    german.select_module("RayEmbRegistration")
    return german.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py").widget


def headings(table):
    import qt

    return [table.model().headerData(column, qt.Qt.Horizontal) for column in range(table.columnCount)]


def test_no_text_is_translated_before_the_language_is_known():
    """While a file is imported, that is: it would stay English for good."""

    def at_import(node):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FunctionDef | ast.Lambda):
                if isinstance(child, ast.Call) and getattr(child.func, "id", "") in {"_", "translate"}:
                    yield child.lineno
                yield from at_import(child)

    for path in sorted((REPOSITORY / "RayEmbRegistration").rglob("*.py")):
        assert list(at_import(ast.parse(path.read_text(encoding="utf-8")))) == [], path


def test_the_panel_speaks_german(german, panel):
    from RayEmbRegistrationPanel.runsSection import methodInWords
    from RayEmbRegistrationPanel.trackJoint import measureInWords

    assert panel.ui.registerButton.text == "Registrieren"
    assert panel.ui.ctCollapsibleButton.text == "CT"
    assert panel.ui.xraysCollapsibleButton.text == "Röntgenbilder", "a property of a class of CTK"
    assert panel.ui.startModeComboBox.itemText(0) == "Automatisch"
    assert headings(panel.ui.xrayTable) == ["Röntgenbild", "Einzelbild", "Geometrie", "Ergebnis", "Ansicht"]
    assert panel.ui.virtualViewComboBox.itemText(2) == "Seitlich"
    assert panel.ui.stageLabel.text == "Das CT wählen."
    assert panel.ui.trackJointComboBox.itemText(0) == "Knie", "a box that is filled from a list of the file"
    assert panel.ui.filterButton.menu().actions()[0].text == "Kontrast"
    assert measureInWords("external_rotation_deg") == "Außenrotation"
    assert methodInWords("bone's ends") == "Enden des Knochens", "in the history"
    assert german.mainWindow.moduleSelector().currentText == "RayEmb-Registrierung"


def test_no_english_is_left_in_the_panel(german, panel):
    """Each word that is shown or pointed at is a translation, a unit, or a name of Slicer's own widgets."""
    import qt

    english = {
        source
        for context, sources in read_ts(ts_path("de")).items()
        for source, translation in sources.items()
        if source != translation and context != SENTENCES and len(source.split()) > 1
    }
    for widget in panel._widget.findChildren(qt.QWidget):
        for text in (str(getattr(widget, "text", "")), widget.toolTip, str(getattr(widget, "title", ""))):
            assert text not in english, widget.objectName


def test_nothing_is_cut_in_german(german, panel):
    import qt
    from host.cut_texts import cut_texts

    before = german.mainWindow.size
    german.mainWindow.resize(1366, 768)
    for widget in panel._widget.findChildren(qt.QWidget):
        if getattr(widget, "collapsed", None) is True:
            widget.collapsed = False
    for mode in range(panel.ui.startModeComboBox.count):
        panel.ui.startModeComboBox.setCurrentIndex(mode)
        german.process_events(0.3)
        assert cut_texts(panel._widget) == []
    german.mainWindow.resize(before)


def test_what_the_library_refuses_is_said_in_german(german, panel):
    from RayEmbRegistrationLib.files.camera import read_camera
    from RayEmbRegistrationLib.problems import InputProblem
    from RayEmbRegistrationPanel.sentences import asSentence, spoken

    with pytest.raises(InputProblem) as refused:
        read_camera(REPOSITORY / "not there.json")
    assert asSentence(str(refused.value)) == f"{REPOSITORY / 'not there.json'} gibt es nicht; den Pfad prüfen."
    assert spoken("Computed elsewhere, by nobody's template") == "Computed elsewhere, by nobody's template"
    assert spoken("") == ""


def test_verdicts_are_said_in_german(german, panel):
    from RayEmbRegistrationPanel.sentences import spoken

    doubt = "12 % likely to be a wrong pose: another pose fits almost as well (95 %); add a second view or give a start pose"
    assert spoken(doubt) == (
        "zu 12 % wahrscheinlich eine falsche Pose: eine andere Pose passt fast ebenso gut (95 %); eine zweite Aufnahme "
        "hinzufügen oder eine Startpose angeben"
    )
    praise = "the DRR agrees with the X-ray (similarity 0.93); what is drawn on it is right to 0.4 mm (95 %: 1.2 mm)"
    assert spoken(praise) == (
        "das DRR stimmt mit dem Röntgenbild überein (Ähnlichkeit 0.93); was darauf gezeichnet ist, stimmt auf 0.4 mm "
        "(95 %: 1.2 mm)"
    )
    mirrored = "; flipped left to right the X-ray fits as well: that left is left rests on its orientation being right"
    assert spoken(praise + mirrored).endswith("dass links links ist, beruht auf seiner richtigen Ausrichtung")
    distance = (
        "the X-ray fits better with a source-to-detector distance of about 900 mm than with the 1000 mm given: check it; "
        "until then depth is not to be relied on"
    )
    assert spoken(distance) == (
        "das Röntgenbild passt besser mit einem Fokus-Detektor-Abstand von etwa 900 mm als mit den gegebenen 1000 mm: ihn "
        "prüfen; bis dahin ist auf die Tiefe kein Verlass"
    )
    lost = (
        "30 % likely to be a wrong pose: 40 % of the bone's edges are not found in the X-ray; check that it shows this "
        "patient and this side, and that no bone has moved"
    )
    assert spoken(lost) == (
        "zu 30 % wahrscheinlich eine falsche Pose: 40 % der Knochenkanten sind im Röntgenbild nicht zu finden; prüfen, ob "
        "es diesen Patienten und diese Seite zeigt und dass sich kein Knochen bewegt hat"
    )


def test_every_template_is_found_again_from_a_sentence(german, panel):
    """Filled with values that are no words, each gives its own translation, or that of one that says the same."""
    from RayEmbRegistrationPanel.sentences import FEWEST_LETTERS, spoken

    known, lost = read_ts(ts_path("de"))[SENTENCES], []
    for template in json.loads((RESOURCES / "sentences.json").read_text(encoding="utf-8")):
        names = [field.partition(":")[0] for field in fields(template)]
        values = {name: f"{number}7#{number}" for number, name in enumerate(names)}
        letters = sum(character.isalpha() for character in template.format(**values))
        said = spoken(template.format(**values))
        if letters >= FEWEST_LETTERS and said[1:] != known[template].format(**values)[1:]:  # the first may be a capital
            lost.append((template, said))
    assert lost == []


def test_a_report_is_in_the_language_of_who_reads_it(german, panel):
    from RayEmbRegistrationLib.pictures.report_page import Page, report_page
    from RayEmbRegistrationPanel.sentences import spoken
    from test_result_file import record

    english = report_page(record(), Page())
    said = report_page(record(), Page(say=spoken))
    for own, other in {
        "Overlay on the X-ray": "Überlagerung auf dem Röntgenbild",
        "(asked for)": "(gefragt)",
        "source to detector": "Fokus-Detektor-Abstand",
        "patient lying on the back, head first": "Patient auf dem Rücken, Kopf voran",
        "For research use, not for clinical use": "Für die Forschung, nicht für den klinischen Gebrauch",
        "How it was found": "Wie sie gefunden wurde",
        "mm to expect": "mm zu erwarten",
    }.items():
        assert own in english, own
        assert own not in said, own
        assert other in said, other
