# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kafkabox_global_optspecs
    string join \n help version
end

function __fish_kafkabox_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kafkabox_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kafkabox_using_subcommand
    set -l cmd (__fish_kafkabox_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kafkabox -n "__fish_kafkabox_needs_command" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "topics" -d 'Create, delete, describe, or change a topic.'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "console-producer" -d 'This tool helps to read data from standard input and publish it to Kafka.'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "console-consumer" -d 'This tool helps to read data from Kafka topics and outputs it to standard output.'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "consumer-groups" -d 'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "configs" -d 'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "sandbox" -d 'Start an in-memory Kafka broker to try things on'
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "links" -d 'Make the kafka-*.sh and kafka-* links to this binary in a directory'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l command-config -d 'A file of client properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l topic -d 'The topic; except with --create a regular expression, a comma meaning "or"' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l topic-id -d 'The id of the topic to describe' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l config -d 'A setting of the topic to create, any number of times' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l delete-config -d 'No longer supported by Kafka: only warns' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l partitions -d 'The number of partitions [default: the broker\'s]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l replication-factor -d 'The number of replicas of each partition [default: the broker\'s]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l replica-assignment -d 'The brokers of each partition: BROKER:BROKER for one partition, a comma before the next' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l partition-size-limit-per-response -d 'With --describe, the partitions in one answer of the broker [default: 2000]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l list -d 'List all topics'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l create -d 'Create a topic'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l delete -d 'Delete topics'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l alter -d 'Add partitions to topics'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l describe -d 'Show the partitions of topics'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l under-replicated-partitions -d 'With --describe, only partitions with fewer in-sync replicas than replicas'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l unavailable-partitions -d 'With --describe, only partitions without a running leader'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l under-min-isr-partitions -d 'With --describe, only partitions with fewer in-sync replicas than min.insync.replicas'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l at-min-isr-partitions -d 'With --describe, only partitions with exactly min.insync.replicas in-sync replicas'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l topics-with-overrides -d 'With --describe, only topics with settings of their own'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l if-exists -d 'With --alter, --delete or --describe, do nothing if the topic does not exist'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l if-not-exists -d 'With --create, do nothing if the topic exists'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l exclude-internal -d 'With --list or --describe, leave out Kafka\'s own topics'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l dry-run -d 'With --create, --alter or --delete, only tell what would be done'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l topic -d 'The topic to produce to' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l compression-codec -d 'none, gzip, snappy, lz4 or zstd; gzip if no codec is named [default: none]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l batch-size -d 'The most bytes in one batch (batch.size) [default: as many as a request takes]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l message-send-max-retries -d 'How often a batch is sent again (retries) [default: until delivery.timeout.ms]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l retry-backoff-ms -d 'The pause before it is sent again (retry.backoff.ms) [default: 100]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l timeout -d 'How long a record waits for others to share its batch (linger.ms) [default: 5]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l request-required-acks -d 'Which brokers must have a record: all, -1, 0 or 1 (acks) [default: -1, all]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l request-timeout-ms -d 'How long one answer may take (request.timeout.ms) [default: 1500]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l metadata-expiry-ms -d 'How often the partitions are looked up (metadata.max.age.ms) [default: 300000]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l max-block-ms -d 'How long to wait for the topic, and for room in the buffer (max.block.ms) [default: 60000; 5000 for an unknown topic]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l max-memory-bytes -d 'The memory for records on their way (buffer.memory) [default: 33554432]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l max-partition-memory-bytes -d 'The old name of --batch-size, which it overrides' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l line-reader -d 'The class that reads records: only org.apache.kafka.tools.LineMessageReader' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l socket-buffer-size -d 'The size of the socket\'s send buffer (send.buffer.bytes) [default: the system\'s]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l reader-property -d 'A property of the line reader, any number of times:   parse.key=true          a line begins with a key          [default: false]   key.separator=TEXT      what follows the key              [default: a tab]   parse.headers=true      a line begins with headers        [default: false]   headers.delimiter=TEXT  what follows the headers          [default: a tab]   headers.separator=REGEX what is between two headers       [default: ,]   headers.key.separator=TEXT between a header\'s key and value [default: :]   null.marker=TEXT        a field of this text is null   ignore.error=true       take a line that lacks a separator as it is' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l reader-config -d 'A file of reader properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l command-property -d 'A property of the producer, any number of times' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l command-config -d 'A file of producer properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l property -d 'The old name of --reader-property' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l producer-property -d 'The old name of --command-property' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l producer.config -d 'The old name of --command-config' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l input -d 'The form of the input: lines (Java\'s), or jsonl, as console-consumer --output json writes records [default: lines]' -r -f -a "lines\t''
jsonl\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l input-file -d 'Read this file instead of standard input' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l reject-file -d 'Add the lines to this file that are no records or are not acknowledged, as they are, and go on' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l output -d 'text (the Java tool\'s bytes), json or tsv [default: text]' -r -f -a "text\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l sync -d 'Send one record at a time, and stop at the first that is not acknowledged'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l new-producer -d 'Of Kafka 0.8.2 to 0.10, which had two producers'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l old-producer -d 'Of Kafka 0.9 to 1.1, which had two producers'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l command-config -d 'A file of client properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l topic -d 'The topic to read' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l include -d 'A regular expression: all topics whose name matches as a whole' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l partition -d 'The partition to read, from its end unless --offset or --from-beginning is given' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l offset -d 'Where to start: in --partition a number, \'earliest\' or \'latest\' [default: latest]; in all partitions a time as @2026-11-20T10:00:00Z (UTC unless it names another zone), @-1h (ago; ms, s, m, h, d, w) or @1763632800000 (milliseconds since 1970)' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l tail -d 'Start with the last N records of each partition, merged by their time' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l group -d 'The group to join; without it no group is joined, and nothing is committed' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l max-messages -d 'End after this many records; -1 means never' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l timeout-ms -d 'End when no record came for so many milliseconds' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l isolation-level -d 'read_committed leaves out what transactions have not committed [default: read_uncommitted]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l formatter -d 'The class that prints records [default: org.apache.kafka.tools.consumer.DefaultMessageFormatter]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l formatter-config -d 'A file of properties of the formatter' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l formatter-property -d 'A property of the formatter, any number of times: print.key, print.value, print.timestamp, print.partition, print.offset, print.epoch, print.delivery and print.headers are true or false; key.separator, line.separator, headers.separator and null.literal are texts; key.deserializer, value.deserializer and headers.deserializer are classes' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l property -d 'Deprecated: use --formatter-property' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l key-deserializer -d 'The class that turns keys into text' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l value-deserializer -d 'The class that turns values into text' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l command-property -d 'A property of the client, any number of times; it wins over --command-config' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l consumer-property -d 'Deprecated: use --command-property' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l consumer.config -d 'Deprecated: use --command-config' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: text]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l exit-at-end -d 'End when everything has been read that was there at the start'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l from-beginning -d 'Start with the earliest record where the group has no offset, rather than with the next one'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l skip-message-on-error -d 'Go on behind a record that cannot be printed'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l enable-systest-events -d 'Print \'shutdown_complete\' at the end (for Kafka\'s system tests)'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l new-consumer -d 'Had a meaning before Kafka 2'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l command-config -d 'A file of client properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l validate-regex -d 'Check a regular expression by the rules of RE2, which brokers apply to subscriptions' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l group -d 'The group, any number of times' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l topic -d 'A topic whose offsets are reset or deleted, any number of times; TOPIC:0,1 means some of its partitions' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l state -d 'With --describe, the state of the groups; with --list, show it, or list only groups in these states' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l type -d 'With --list, show the groups\' type, or list only groups of these types (classic, consumer)' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l to-offset -d 'Reset to this offset' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l to-datetime -d 'Reset to the offset of the first record at or after a time, YYYY-MM-DDThh:mm:ss.sss, in UTC unless it ends in an offset' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l by-duration -d 'Reset to the offset of the first record that is no older than a duration, PnDTnHnMnS' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l shift-by -d 'Move the committed offset by so many records, back if the number is negative' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l from-file -d 'Reset to the offsets in a CSV file' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l fail-if-lag-over -d 'With --describe, fail if a group has more unread messages than this in all its partitions' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l watch -d 'With --describe, look again every so many seconds (2): a table with rates on a terminal, else one line of JSON each time' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l undo-file -d 'Before offsets are reset or deleted, write them to a new file, as --from-file takes them' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l timeout -d 'How long the command may take, in milliseconds; with --watch, each look' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l list -d 'List all consumer groups'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l describe -d 'Show the offsets and the lag of groups, or their members, or their state'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l delete -d 'Delete groups with all their offsets'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l reset-offsets -d 'Reset the offsets of groups without running members; see --dry-run, --execute and --export'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l delete-offsets -d 'Delete the offsets of one group for topics that it no longer consumes'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l all-groups -d 'All consumer groups'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l all-topics -d 'With --reset-offsets, all topics for which the group has offsets'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l members -d 'With --describe, the members of the groups'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l offsets -d 'With --describe, the offsets and the lag of the groups (the default)'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l verbose -d 'With --describe, show more columns'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l dry-run -d 'With --reset-offsets, only show what would be done'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l execute -d 'With --reset-offsets, do it'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l export -d 'With --reset-offsets, print the plan as CSV, for --from-file'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l to-earliest -d 'Reset to the first offset of each partition'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l to-latest -d 'Reset to the end of each partition'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l to-current -d 'Reset to the committed offset; where there is none, to the end of the partition'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l lag-only -d 'With --describe, leave out the partitions that are read to their end'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l new-consumer -d 'From the time when there were two kinds of consumers'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l command-config -d 'A file of client properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l bootstrap-controller -d 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l entity-type -d 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l entity-name -d 'The name of the entity' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l add-config -d 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas. A SCRAM password may be ${env:NAME}, ${file:PATH}, ${file:PATH:KEY} or ${directory:PATH:FILE}' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l add-config-file -d 'A properties file of values to set' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l delete-config -d 'Names of values to remove, separated by commas' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l topic -d 'The topic' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l client -d 'The client id' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l user -d 'The user\'s principal name' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l broker -d 'The broker\'s id' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l broker-logger -d 'The id of the broker whose loggers are meant' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l ip -d 'The IP address' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l group -d 'The group' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l client-metrics -d 'The name of the client metrics subscription' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l alter -d 'Change the configuration of an entity'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l describe -d 'List the configuration of entities'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l all -d 'With --describe, list every value, not only those set for the entity'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l entity-default -d 'The default of clients, users, brokers or ips, in place of a name'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l dry-run -d 'Show what --alter would change, and change nothing'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l client-defaults -d 'The default of all clients'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l user-defaults -d 'The default of all users'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l broker-defaults -d 'The default of all brokers'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l ip-defaults -d 'The default of all IP addresses'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l port -d 'The port on 127.0.0.1; 0 takes a free one [default: 9092; with run and --demo 0]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l topic -d 'A topic that is there from the start, NAME or NAME:PARTITIONS, any number of times' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l memory -d 'How much memory records may take, in MB; beyond it the oldest are dropped [default: 256]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l demo -d 'Show the five tools at work on a broker of their own'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand sandbox" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand links" -l force -d 'Replace whatever has the name of a link'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand links" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand links" -l version -d 'Print the version'
complete -c kafka-topics.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-topics.sh -l command-config -d 'A file of client properties' -r -F
complete -c kafka-topics.sh -l topic -d 'The topic; except with --create a regular expression, a comma meaning "or"' -r
complete -c kafka-topics.sh -l topic-id -d 'The id of the topic to describe' -r
complete -c kafka-topics.sh -l config -d 'A setting of the topic to create, any number of times' -r
complete -c kafka-topics.sh -l delete-config -d 'No longer supported by Kafka: only warns' -r
complete -c kafka-topics.sh -l partitions -d 'The number of partitions [default: the broker\'s]' -r
complete -c kafka-topics.sh -l replication-factor -d 'The number of replicas of each partition [default: the broker\'s]' -r
complete -c kafka-topics.sh -l replica-assignment -d 'The brokers of each partition: BROKER:BROKER for one partition, a comma before the next' -r
complete -c kafka-topics.sh -l partition-size-limit-per-response -d 'With --describe, the partitions in one answer of the broker [default: 2000]' -r
complete -c kafka-topics.sh -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafka-topics.sh -l list -d 'List all topics'
complete -c kafka-topics.sh -l create -d 'Create a topic'
complete -c kafka-topics.sh -l delete -d 'Delete topics'
complete -c kafka-topics.sh -l alter -d 'Add partitions to topics'
complete -c kafka-topics.sh -l describe -d 'Show the partitions of topics'
complete -c kafka-topics.sh -l under-replicated-partitions -d 'With --describe, only partitions with fewer in-sync replicas than replicas'
complete -c kafka-topics.sh -l unavailable-partitions -d 'With --describe, only partitions without a running leader'
complete -c kafka-topics.sh -l under-min-isr-partitions -d 'With --describe, only partitions with fewer in-sync replicas than min.insync.replicas'
complete -c kafka-topics.sh -l at-min-isr-partitions -d 'With --describe, only partitions with exactly min.insync.replicas in-sync replicas'
complete -c kafka-topics.sh -l topics-with-overrides -d 'With --describe, only topics with settings of their own'
complete -c kafka-topics.sh -l if-exists -d 'With --alter, --delete or --describe, do nothing if the topic does not exist'
complete -c kafka-topics.sh -l if-not-exists -d 'With --create, do nothing if the topic exists'
complete -c kafka-topics.sh -l exclude-internal -d 'With --list or --describe, leave out Kafka\'s own topics'
complete -c kafka-topics.sh -l dry-run -d 'With --create, --alter or --delete, only tell what would be done'
complete -c kafka-topics.sh -l help -d 'Print this help'
complete -c kafka-topics.sh -l version -d 'Print the version'
complete -c kafka-topics -w kafka-topics.sh
complete -c kafka-console-producer.sh -l topic -d 'The topic to produce to' -r
complete -c kafka-console-producer.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-console-producer.sh -l compression-codec -d 'none, gzip, snappy, lz4 or zstd; gzip if no codec is named [default: none]' -r
complete -c kafka-console-producer.sh -l batch-size -d 'The most bytes in one batch (batch.size) [default: as many as a request takes]' -r
complete -c kafka-console-producer.sh -l message-send-max-retries -d 'How often a batch is sent again (retries) [default: until delivery.timeout.ms]' -r
complete -c kafka-console-producer.sh -l retry-backoff-ms -d 'The pause before it is sent again (retry.backoff.ms) [default: 100]' -r
complete -c kafka-console-producer.sh -l timeout -d 'How long a record waits for others to share its batch (linger.ms) [default: 5]' -r
complete -c kafka-console-producer.sh -l request-required-acks -d 'Which brokers must have a record: all, -1, 0 or 1 (acks) [default: -1, all]' -r
complete -c kafka-console-producer.sh -l request-timeout-ms -d 'How long one answer may take (request.timeout.ms) [default: 1500]' -r
complete -c kafka-console-producer.sh -l metadata-expiry-ms -d 'How often the partitions are looked up (metadata.max.age.ms) [default: 300000]' -r
complete -c kafka-console-producer.sh -l max-block-ms -d 'How long to wait for the topic, and for room in the buffer (max.block.ms) [default: 60000; 5000 for an unknown topic]' -r
complete -c kafka-console-producer.sh -l max-memory-bytes -d 'The memory for records on their way (buffer.memory) [default: 33554432]' -r
complete -c kafka-console-producer.sh -l max-partition-memory-bytes -d 'The old name of --batch-size, which it overrides' -r
complete -c kafka-console-producer.sh -l line-reader -d 'The class that reads records: only org.apache.kafka.tools.LineMessageReader' -r
complete -c kafka-console-producer.sh -l socket-buffer-size -d 'The size of the socket\'s send buffer (send.buffer.bytes) [default: the system\'s]' -r
complete -c kafka-console-producer.sh -l reader-property -d 'A property of the line reader, any number of times:   parse.key=true          a line begins with a key          [default: false]   key.separator=TEXT      what follows the key              [default: a tab]   parse.headers=true      a line begins with headers        [default: false]   headers.delimiter=TEXT  what follows the headers          [default: a tab]   headers.separator=REGEX what is between two headers       [default: ,]   headers.key.separator=TEXT between a header\'s key and value [default: :]   null.marker=TEXT        a field of this text is null   ignore.error=true       take a line that lacks a separator as it is' -r
complete -c kafka-console-producer.sh -l reader-config -d 'A file of reader properties' -r -F
complete -c kafka-console-producer.sh -l command-property -d 'A property of the producer, any number of times' -r
complete -c kafka-console-producer.sh -l command-config -d 'A file of producer properties' -r -F
complete -c kafka-console-producer.sh -l property -d 'The old name of --reader-property' -r
complete -c kafka-console-producer.sh -l producer-property -d 'The old name of --command-property' -r
complete -c kafka-console-producer.sh -l producer.config -d 'The old name of --command-config' -r -F
complete -c kafka-console-producer.sh -l input -d 'The form of the input: lines (Java\'s), or jsonl, as console-consumer --output json writes records [default: lines]' -r -f -a "lines\t''
jsonl\t''"
complete -c kafka-console-producer.sh -l input-file -d 'Read this file instead of standard input' -r -F
complete -c kafka-console-producer.sh -l reject-file -d 'Add the lines to this file that are no records or are not acknowledged, as they are, and go on' -r -F
complete -c kafka-console-producer.sh -l output -d 'text (the Java tool\'s bytes), json or tsv [default: text]' -r -f -a "text\t''
json\t''
tsv\t''"
complete -c kafka-console-producer.sh -l sync -d 'Send one record at a time, and stop at the first that is not acknowledged'
complete -c kafka-console-producer.sh -l new-producer -d 'Of Kafka 0.8.2 to 0.10, which had two producers'
complete -c kafka-console-producer.sh -l old-producer -d 'Of Kafka 0.9 to 1.1, which had two producers'
complete -c kafka-console-producer.sh -l help -d 'Print this help'
complete -c kafka-console-producer.sh -l version -d 'Print the version'
complete -c kafka-console-producer -w kafka-console-producer.sh
complete -c kafka-console-consumer.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-console-consumer.sh -l command-config -d 'A file of client properties' -r -F
complete -c kafka-console-consumer.sh -l topic -d 'The topic to read' -r
complete -c kafka-console-consumer.sh -l include -d 'A regular expression: all topics whose name matches as a whole' -r
complete -c kafka-console-consumer.sh -l partition -d 'The partition to read, from its end unless --offset or --from-beginning is given' -r
complete -c kafka-console-consumer.sh -l offset -d 'Where to start: in --partition a number, \'earliest\' or \'latest\' [default: latest]; in all partitions a time as @2026-11-20T10:00:00Z (UTC unless it names another zone), @-1h (ago; ms, s, m, h, d, w) or @1763632800000 (milliseconds since 1970)' -r
complete -c kafka-console-consumer.sh -l tail -d 'Start with the last N records of each partition, merged by their time' -r
complete -c kafka-console-consumer.sh -l group -d 'The group to join; without it no group is joined, and nothing is committed' -r
complete -c kafka-console-consumer.sh -l max-messages -d 'End after this many records; -1 means never' -r
complete -c kafka-console-consumer.sh -l timeout-ms -d 'End when no record came for so many milliseconds' -r
complete -c kafka-console-consumer.sh -l isolation-level -d 'read_committed leaves out what transactions have not committed [default: read_uncommitted]' -r
complete -c kafka-console-consumer.sh -l formatter -d 'The class that prints records [default: org.apache.kafka.tools.consumer.DefaultMessageFormatter]' -r
complete -c kafka-console-consumer.sh -l formatter-config -d 'A file of properties of the formatter' -r -F
complete -c kafka-console-consumer.sh -l formatter-property -d 'A property of the formatter, any number of times: print.key, print.value, print.timestamp, print.partition, print.offset, print.epoch, print.delivery and print.headers are true or false; key.separator, line.separator, headers.separator and null.literal are texts; key.deserializer, value.deserializer and headers.deserializer are classes' -r
complete -c kafka-console-consumer.sh -l property -d 'Deprecated: use --formatter-property' -r
complete -c kafka-console-consumer.sh -l key-deserializer -d 'The class that turns keys into text' -r
complete -c kafka-console-consumer.sh -l value-deserializer -d 'The class that turns values into text' -r
complete -c kafka-console-consumer.sh -l command-property -d 'A property of the client, any number of times; it wins over --command-config' -r
complete -c kafka-console-consumer.sh -l consumer-property -d 'Deprecated: use --command-property' -r
complete -c kafka-console-consumer.sh -l consumer.config -d 'Deprecated: use --command-config' -r -F
complete -c kafka-console-consumer.sh -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: text]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafka-console-consumer.sh -l exit-at-end -d 'End when everything has been read that was there at the start'
complete -c kafka-console-consumer.sh -l from-beginning -d 'Start with the earliest record where the group has no offset, rather than with the next one'
complete -c kafka-console-consumer.sh -l skip-message-on-error -d 'Go on behind a record that cannot be printed'
complete -c kafka-console-consumer.sh -l enable-systest-events -d 'Print \'shutdown_complete\' at the end (for Kafka\'s system tests)'
complete -c kafka-console-consumer.sh -l new-consumer -d 'Had a meaning before Kafka 2'
complete -c kafka-console-consumer.sh -l help -d 'Print this help'
complete -c kafka-console-consumer.sh -l version -d 'Print the version'
complete -c kafka-console-consumer -w kafka-console-consumer.sh
complete -c kafka-consumer-groups.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-consumer-groups.sh -l command-config -d 'A file of client properties' -r -F
complete -c kafka-consumer-groups.sh -l validate-regex -d 'Check a regular expression by the rules of RE2, which brokers apply to subscriptions' -r
complete -c kafka-consumer-groups.sh -l group -d 'The group, any number of times' -r
complete -c kafka-consumer-groups.sh -l topic -d 'A topic whose offsets are reset or deleted, any number of times; TOPIC:0,1 means some of its partitions' -r
complete -c kafka-consumer-groups.sh -l state -d 'With --describe, the state of the groups; with --list, show it, or list only groups in these states' -r
complete -c kafka-consumer-groups.sh -l type -d 'With --list, show the groups\' type, or list only groups of these types (classic, consumer)' -r
complete -c kafka-consumer-groups.sh -l to-offset -d 'Reset to this offset' -r
complete -c kafka-consumer-groups.sh -l to-datetime -d 'Reset to the offset of the first record at or after a time, YYYY-MM-DDThh:mm:ss.sss, in UTC unless it ends in an offset' -r
complete -c kafka-consumer-groups.sh -l by-duration -d 'Reset to the offset of the first record that is no older than a duration, PnDTnHnMnS' -r
complete -c kafka-consumer-groups.sh -l shift-by -d 'Move the committed offset by so many records, back if the number is negative' -r
complete -c kafka-consumer-groups.sh -l from-file -d 'Reset to the offsets in a CSV file' -r -F
complete -c kafka-consumer-groups.sh -l fail-if-lag-over -d 'With --describe, fail if a group has more unread messages than this in all its partitions' -r
complete -c kafka-consumer-groups.sh -l watch -d 'With --describe, look again every so many seconds (2): a table with rates on a terminal, else one line of JSON each time' -r
complete -c kafka-consumer-groups.sh -l undo-file -d 'Before offsets are reset or deleted, write them to a new file, as --from-file takes them' -r -F
complete -c kafka-consumer-groups.sh -l timeout -d 'How long the command may take, in milliseconds; with --watch, each look' -r
complete -c kafka-consumer-groups.sh -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafka-consumer-groups.sh -l list -d 'List all consumer groups'
complete -c kafka-consumer-groups.sh -l describe -d 'Show the offsets and the lag of groups, or their members, or their state'
complete -c kafka-consumer-groups.sh -l delete -d 'Delete groups with all their offsets'
complete -c kafka-consumer-groups.sh -l reset-offsets -d 'Reset the offsets of groups without running members; see --dry-run, --execute and --export'
complete -c kafka-consumer-groups.sh -l delete-offsets -d 'Delete the offsets of one group for topics that it no longer consumes'
complete -c kafka-consumer-groups.sh -l all-groups -d 'All consumer groups'
complete -c kafka-consumer-groups.sh -l all-topics -d 'With --reset-offsets, all topics for which the group has offsets'
complete -c kafka-consumer-groups.sh -l members -d 'With --describe, the members of the groups'
complete -c kafka-consumer-groups.sh -l offsets -d 'With --describe, the offsets and the lag of the groups (the default)'
complete -c kafka-consumer-groups.sh -l verbose -d 'With --describe, show more columns'
complete -c kafka-consumer-groups.sh -l dry-run -d 'With --reset-offsets, only show what would be done'
complete -c kafka-consumer-groups.sh -l execute -d 'With --reset-offsets, do it'
complete -c kafka-consumer-groups.sh -l export -d 'With --reset-offsets, print the plan as CSV, for --from-file'
complete -c kafka-consumer-groups.sh -l to-earliest -d 'Reset to the first offset of each partition'
complete -c kafka-consumer-groups.sh -l to-latest -d 'Reset to the end of each partition'
complete -c kafka-consumer-groups.sh -l to-current -d 'Reset to the committed offset; where there is none, to the end of the partition'
complete -c kafka-consumer-groups.sh -l lag-only -d 'With --describe, leave out the partitions that are read to their end'
complete -c kafka-consumer-groups.sh -l new-consumer -d 'From the time when there were two kinds of consumers'
complete -c kafka-consumer-groups.sh -l help -d 'Print this help'
complete -c kafka-consumer-groups.sh -l version -d 'Print the version'
complete -c kafka-consumer-groups -w kafka-consumer-groups.sh
complete -c kafka-configs.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-configs.sh -l command-config -d 'A file of client properties' -r -F
complete -c kafka-configs.sh -l bootstrap-controller -d 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas' -r
complete -c kafka-configs.sh -l entity-type -d 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups' -r
complete -c kafka-configs.sh -l entity-name -d 'The name of the entity' -r
complete -c kafka-configs.sh -l add-config -d 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas. A SCRAM password may be ${env:NAME}, ${file:PATH}, ${file:PATH:KEY} or ${directory:PATH:FILE}' -r
complete -c kafka-configs.sh -l add-config-file -d 'A properties file of values to set' -r -F
complete -c kafka-configs.sh -l delete-config -d 'Names of values to remove, separated by commas' -r
complete -c kafka-configs.sh -l topic -d 'The topic' -r
complete -c kafka-configs.sh -l client -d 'The client id' -r
complete -c kafka-configs.sh -l user -d 'The user\'s principal name' -r
complete -c kafka-configs.sh -l broker -d 'The broker\'s id' -r
complete -c kafka-configs.sh -l broker-logger -d 'The id of the broker whose loggers are meant' -r
complete -c kafka-configs.sh -l ip -d 'The IP address' -r
complete -c kafka-configs.sh -l group -d 'The group' -r
complete -c kafka-configs.sh -l client-metrics -d 'The name of the client metrics subscription' -r
complete -c kafka-configs.sh -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafka-configs.sh -l alter -d 'Change the configuration of an entity'
complete -c kafka-configs.sh -l describe -d 'List the configuration of entities'
complete -c kafka-configs.sh -l all -d 'With --describe, list every value, not only those set for the entity'
complete -c kafka-configs.sh -l entity-default -d 'The default of clients, users, brokers or ips, in place of a name'
complete -c kafka-configs.sh -l dry-run -d 'Show what --alter would change, and change nothing'
complete -c kafka-configs.sh -l client-defaults -d 'The default of all clients'
complete -c kafka-configs.sh -l user-defaults -d 'The default of all users'
complete -c kafka-configs.sh -l broker-defaults -d 'The default of all brokers'
complete -c kafka-configs.sh -l ip-defaults -d 'The default of all IP addresses'
complete -c kafka-configs.sh -l help -d 'Print this help'
complete -c kafka-configs.sh -l version -d 'Print the version'
complete -c kafka-configs -w kafka-configs.sh
