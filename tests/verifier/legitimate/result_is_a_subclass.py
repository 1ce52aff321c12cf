"""Answer with a dictionary and a word of its own classes."""

import collections
import enum


class Word(str, enum.Enum):
    COMPLETE = "complete"
    OTHERS = "others"


class Answer(collections.OrderedDict):
    """An answer that remembers its order."""


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    answer = Answer(result=Word.COMPLETE)
    answer["checks"] = collections.defaultdict(list, done=["a"])
    return answer
