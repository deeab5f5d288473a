"""What people do, one flow a file: each is killed at every call and cut off at every moment."""

from __future__ import annotations

from collections.abc import Mapping

from tests.crash.flows.announce import Announce
from tests.crash.flows.apply import Apply, Taps
from tests.crash.flows.chain import Chain
from tests.crash.flows.deliver import Deliver
from tests.crash.flows.door import Door
from tests.crash.flows.erase import Erase
from tests.crash.flows.first import First
from tests.crash.flows.follow import Follow
from tests.crash.flows.leave import Leave
from tests.crash.flows.login import Login
from tests.crash.flows.pay import Pay
from tests.crash.flows.publish import Publish
from tests.crash.flows.reseal import Reseal
from tests.crash.flows.seen import Flow
from tests.crash.flows.wake import Wake

FLOWS: Mapping[str, Flow] = {
    "publish": Publish(),
    "follow": Follow(),
    "announce": Announce(),
    "deliver": Deliver(),
    "wake": Wake(),
    "login": Login(),
    "door": Door(),
    "apply": Apply(),
    "taps": Taps(),
    "pay": Pay(),
    "erase": Erase(),
    "leave": Leave(),
    "first": First(),
    "chain": Chain(),
    "reseal": Reseal(),
}
