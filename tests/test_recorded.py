from qsql.models.base import Options, complete
from qsql.models.echo import Echo
from qsql.models.recorded import Recorded
from qsql.records import Message, Prompt

PROMPT = Prompt((Message("user", "hello"),), stop=(";",))


def test_what_was_written_once_is_read_the_next_time(tmp_path):
    first = complete(Recorded(Echo(("one two", "three")), tmp_path), PROMPT, Options(candidates=2))
    again = Recorded(Echo(("something else",)), tmp_path)
    assert [text.text for text in complete(again, PROMPT, Options(candidates=2))] == [text.text for text in first] == ["one two", "three"]
    assert again.saved > 0


def test_another_prompt_or_option_is_written_anew(tmp_path):
    model = Recorded(Echo(("one", "two", "three")), tmp_path)
    asked = [Options(), Options(temperature=0.7, seed=1), Options(temperature=0.7, seed=2)]
    assert [complete(model, PROMPT, options)[0].text for options in asked] == ["one", "two", "three"]
    assert model.saved == 0
