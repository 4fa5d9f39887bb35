"""An event file of TensorBoard: its bytes in hexadecimal, by Google's protobuf and a CRC computed bit by bit.

    python3 test/golden/tfevents.py

The messages have the fields of TensorFlow's core/util/event.proto and core/framework/summary.proto that we write.
"""

import json
import pathlib
import struct

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto


def define(file, name, *fields):
    message = file.message_type.add(name=name)
    for field, number, kind, *more in fields:
        label = F.LABEL_REPEATED if "repeated" in more else F.LABEL_OPTIONAL
        of = next((f".t.{each}" for each in more if each != "repeated"), None)
        message.field.add(name=field, number=number, type=kind, label=label, type_name=of)


file = descriptor_pb2.FileDescriptorProto(name="t.proto", package="t", syntax="proto3")
define(file, "Value", ("tag", 1, F.TYPE_STRING), ("simple_value", 2, F.TYPE_FLOAT))
file.message_type[0].oneof_decl.add(name="value")  # so that a 0 is written
file.message_type[0].field[1].oneof_index = 0
define(file, "Summary", ("value", 1, F.TYPE_MESSAGE, "Value", "repeated"))
define(file, "SessionLog", ("status", 1, F.TYPE_INT32))
define(
    file,
    "Event",
    ("wall_time", 1, F.TYPE_DOUBLE),
    ("step", 2, F.TYPE_INT64),
    ("file_version", 3, F.TYPE_STRING),
    ("summary", 5, F.TYPE_MESSAGE, "Summary"),
    ("session_log", 7, F.TYPE_MESSAGE, "SessionLog"),
)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Event = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("t.Event"))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(event):
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


NOW = 1700000000.25
start = Event(wall_time=NOW, step=300)
start.session_log.status = 1
events = [Event(wall_time=NOW, file_version="brain.Event:2"), start]
for step, scalars in [
    (300, {"epoch": 2, "rate": 0.05, "loss": 3.5}),
    (2**40, {"epoch": 3, "rate": 0, "loss": float("nan"), "knn": 0.75}),
]:
    event = Event(wall_time=NOW, step=step)
    for tag, value in scalars.items():
        event.summary.value.add(tag=tag, simple_value=value)
    events.append(event)

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"bytes": b"".join(map(record, events)).hex()}) + "\n")
