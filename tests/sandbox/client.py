"""The main jobs through kafka-python, against the broker whose address is the only argument."""

import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

servers = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic("python", 2, 1, topic_configs={"retention.ms": "1000"})])
print("topics", sorted(admin.list_topics()))
admin.create_partitions({"python": NewPartitions(3)})
print("partitions", len(admin.describe_topics(["python"])[0]["partitions"]))

producer = KafkaProducer(bootstrap_servers=servers, compression_type="gzip")
for number in range(300):
    headers = [("h", b"%d" % number)] if number % 100 == 0 else []
    producer.send("python", key=b"k%d" % number, value=b"v%d" % number, partition=number % 3, headers=headers, timestamp_ms=number + 1)
producer.flush()
producer.close()

consumer = KafkaConsumer("python", bootstrap_servers=servers, group_id="snake", auto_offset_reset="earliest", enable_auto_commit=False)
read = []
while len(read) < 300:
    for records in consumer.poll(timeout_ms=1000).values():
        read += records
print("records", len(read), sorted(int(record.value[1:]) for record in read) == list(range(300)))
print("headers", sorted(record.headers[0][1].decode() for record in read if record.headers))
consumer.commit({TopicPartition("python", 0): OffsetAndMetadata(7, "seven", -1)})
print("committed", consumer.committed(TopicPartition("python", 0)))
found = consumer.offsets_for_times({TopicPartition("python", 1): 200})
print("by time", found[TopicPartition("python", 1)].offset, found[TopicPartition("python", 1)].timestamp)
print("ends", sorted(consumer.end_offsets([TopicPartition("python", index) for index in range(3)]).values()))
consumer.close()

print("groups", sorted(admin.list_groups(), key=str))
admin.delete_groups(["snake"])
admin.delete_topics(["python"])
print("after", sorted(topic for topic in admin.list_topics() if not topic.startswith("__")))
admin.close()
