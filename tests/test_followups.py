"""Which questions go on from the one before them."""

import pytest

from qsql.followups import goes_on

GO_ON = """
only for 2013-07
by airline instead
and in August?
what about LaGuardia?
and the lowest?
show the top 5 with their delay
how many are there?
sort them, most first
only those with more than 100 planes
from LGA only
per month
at EWR in 2013-07
without cancelled flights
for JFK
How many of those were late?
the same for 2012
in July
只看JFK
那八月呢？
改成按出发机场
列出前三名
按月份
其中有多少取消了？
这些航班的平均延误是多少
"""
STAND_ALONE = """
How many flights left JFK in July?
Which airline has the highest average departure delay?
In which month did most flights leave?
For each airport, how many flights leave?
From which airport do most flights leave?
List the airlines and how many planes each of them has had since the year began
List all airlines
Which planes have more than 300 seats?
What is the average temperature per month?
Show the names of the singers
Top airlines by number of flights in the whole of the year 2013, with their names
每个月有多少航班？列出月份和数量
哪家航空公司的平均延误最高？
一共有多少家航空公司？
"""


@pytest.mark.parametrize("text", GO_ON.strip().splitlines())
def test_a_follow_up_goes_on(text):
    assert goes_on(text)


@pytest.mark.parametrize("text", STAND_ALONE.strip().splitlines())
def test_a_question_of_its_own_stands_alone(text):
    assert not goes_on(text)
