"""All experiments by the name that the flags of `trainers.reproduce` make."""

from .full_table import TABLE5
from .lengths import FIGURE5, QUICK_FIGURE5
from .scribble_figures import FIGURE1, FIGURE2, FIGURE3
from .scribble_tables import TABLE1, TABLE2, TABLE4
from .semi import QUICK_SEMI, SEMI
from .tag_experiments import FIGURE4, TABLE3

EXPERIMENTS = {
    "table1": TABLE1,
    "table2": TABLE2,
    "table3": TABLE3,
    "table4": TABLE4,
    "table5": TABLE5,
    "figure1": FIGURE1,
    "figure2": FIGURE2,
    "figure3": FIGURE3,
    "figure4": FIGURE4,
    "figure5": FIGURE5,
    "semi": SEMI,
}
QUICK_EXPERIMENTS = {**EXPERIMENTS, "figure5": QUICK_FIGURE5, "semi": QUICK_SEMI}
"""The same for --quick, the longest with fewer points."""
