"""A page of figures, charts and a table over the rows of an answer, from a small specification that a small model can write.

The model chooses what is shown; a template, which is tested, shows it. Knows nothing of models, screens or frames.
"""

from artifacts.dashboard.prompt import dashboard_prompt, language_of
from artifacts.dashboard.read import plain, read_spec
from artifacts.dashboard.render import LIBRARIES, as_json, render
from artifacts.dashboard.spec import Dashboard, Part

__all__ = ["LIBRARIES", "Dashboard", "Part", "as_json", "dashboard_prompt", "language_of", "plain", "read_spec", "render"]
