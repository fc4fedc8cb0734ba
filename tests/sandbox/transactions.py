"""Transactions and static members through kafka-python, against the broker whose address is the only argument."""

import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

servers = sys.argv[1]
partition = TopicPartition("t", 0)


def producer(**settings):
    return KafkaProducer(bootstrap_servers=servers, transactional_id="tx", **settings)


def values(isolation):
    consumer = KafkaConsumer(bootstrap_servers=servers, isolation_level=isolation, auto_offset_reset="earliest")
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    found = []
    while consumer.position(partition) < end:
        found += [record.value.decode() for records in consumer.poll(timeout_ms=500).values() for record in records]
    consumer.close()
    return found


def outcome(call):
    try:
        call()
        return "ok"
    except KafkaError as error:
        return type(error).__name__


first = producer()
first.init_transactions()
first.begin_transaction()
first.send("t", b"committed", partition=0)
first.commit_transaction()
first.begin_transaction()
first.send("t", b"aborted", partition=0)
first.flush()
first.abort_transaction()
print("committed", values("read_committed"), values("read_uncommitted"))

member = KafkaConsumer("t", bootstrap_servers=servers, group_id="g", group_instance_id="static", enable_auto_commit=False)
while not member.assignment():
    member.poll(timeout_ms=100)
first.begin_transaction()
first.send_offsets_to_transaction({partition: OffsetAndMetadata(4, "", -1)}, member.group_metadata())
print("offset in the transaction", member.committed(partition))
first.commit_transaction()
print("offset after it", member.committed(partition))

first.begin_transaction()
first.send("t", b"open", partition=0)
first.flush()
print("while one is open", values("read_committed"), values("read_uncommitted"))
second = producer()
second.init_transactions()
print("fenced", outcome(first.commit_transaction))
print("after it was fenced", values("read_committed"))
second.begin_transaction()
second.send("t", b"of the second", partition=0)
second.commit_transaction()
print("in the end", values("read_committed"))
second.close()

hasty = KafkaProducer(bootstrap_servers=servers, transactional_id="hasty", transaction_timeout_ms=500)
hasty.init_transactions()
hasty.begin_transaction()
hasty.send("t", b"too late", partition=0)
hasty.flush()
reader = KafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed")
# Every record and every marker has an offset; the stable end is before what is undecided.
while reader.end_offsets([partition])[partition] < 10:
    time.sleep(0.1)
print("timed out", outcome(hasty.commit_transaction))
print("then", values("read_committed"))
reader.close()

# A static member that comes back is the same one, and nobody else has to join again.
generation = member.group_metadata().generation_id
member.close()
again = KafkaConsumer("t", bootstrap_servers=servers, group_id="g", group_instance_id="static", enable_auto_commit=False)
while not again.assignment():
    again.poll(timeout_ms=100)
print("static", again.group_metadata().generation_id == generation, again.group_metadata().group_instance_id)
again.close()
