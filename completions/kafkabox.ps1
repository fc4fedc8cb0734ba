
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'kafkabox' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafkabox'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafkabox' {
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('topics', 'topics', [CompletionResultType]::ParameterValue, 'Create, delete, describe, or change a topic.')
            [CompletionResult]::new('console-producer', 'console-producer', [CompletionResultType]::ParameterValue, 'This tool helps to read data from standard input and publish it to Kafka.')
            [CompletionResult]::new('console-consumer', 'console-consumer', [CompletionResultType]::ParameterValue, 'This tool helps to read data from Kafka topics and outputs it to standard output.')
            [CompletionResult]::new('consumer-groups', 'consumer-groups', [CompletionResultType]::ParameterValue, 'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.')
            [CompletionResult]::new('configs', 'configs', [CompletionResultType]::ParameterValue, 'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Start an in-memory Kafka broker to try things on')
            [CompletionResult]::new('links', 'links', [CompletionResultType]::ParameterValue, 'Make the kafka-*.sh and kafka-* links to this binary in a directory')
            break
        }
        'kafkabox;topics' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic; except with --create a regular expression, a comma meaning "or"')
            [CompletionResult]::new('--topic-id', '--topic-id', [CompletionResultType]::ParameterName, 'The id of the topic to describe')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'A setting of the topic to create, any number of times')
            [CompletionResult]::new('--delete-config', '--delete-config', [CompletionResultType]::ParameterName, 'No longer supported by Kafka: only warns')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'The number of partitions [default: the broker''s]')
            [CompletionResult]::new('--replication-factor', '--replication-factor', [CompletionResultType]::ParameterName, 'The number of replicas of each partition [default: the broker''s]')
            [CompletionResult]::new('--replica-assignment', '--replica-assignment', [CompletionResultType]::ParameterName, 'The brokers of each partition: BROKER:BROKER for one partition, a comma before the next')
            [CompletionResult]::new('--partition-size-limit-per-response', '--partition-size-limit-per-response', [CompletionResultType]::ParameterName, 'With --describe, the partitions in one answer of the broker [default: 2000]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all topics')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Create a topic')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete topics')
            [CompletionResult]::new('--alter', '--alter', [CompletionResultType]::ParameterName, 'Add partitions to topics')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'Show the partitions of topics')
            [CompletionResult]::new('--under-replicated-partitions', '--under-replicated-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with fewer in-sync replicas than replicas')
            [CompletionResult]::new('--unavailable-partitions', '--unavailable-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions without a running leader')
            [CompletionResult]::new('--under-min-isr-partitions', '--under-min-isr-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with fewer in-sync replicas than min.insync.replicas')
            [CompletionResult]::new('--at-min-isr-partitions', '--at-min-isr-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with exactly min.insync.replicas in-sync replicas')
            [CompletionResult]::new('--topics-with-overrides', '--topics-with-overrides', [CompletionResultType]::ParameterName, 'With --describe, only topics with settings of their own')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'With --alter, --delete or --describe, do nothing if the topic does not exist')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'With --create, do nothing if the topic exists')
            [CompletionResult]::new('--exclude-internal', '--exclude-internal', [CompletionResultType]::ParameterName, 'With --list or --describe, leave out Kafka''s own topics')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --create, --alter or --delete, only tell what would be done')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;console-producer' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic to produce to')
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--compression-codec', '--compression-codec', [CompletionResultType]::ParameterName, 'none, gzip, snappy, lz4 or zstd; gzip if no codec is named [default: none]')
            [CompletionResult]::new('--batch-size', '--batch-size', [CompletionResultType]::ParameterName, 'The most bytes in one batch (batch.size) [default: as many as a request takes]')
            [CompletionResult]::new('--message-send-max-retries', '--message-send-max-retries', [CompletionResultType]::ParameterName, 'How often a batch is sent again (retries) [default: until delivery.timeout.ms]')
            [CompletionResult]::new('--retry-backoff-ms', '--retry-backoff-ms', [CompletionResultType]::ParameterName, 'The pause before it is sent again (retry.backoff.ms) [default: 100]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a record waits for others to share its batch (linger.ms) [default: 5]')
            [CompletionResult]::new('--request-required-acks', '--request-required-acks', [CompletionResultType]::ParameterName, 'Which brokers must have a record: all, -1, 0 or 1 (acks) [default: -1, all]')
            [CompletionResult]::new('--request-timeout-ms', '--request-timeout-ms', [CompletionResultType]::ParameterName, 'How long one answer may take (request.timeout.ms) [default: 1500]')
            [CompletionResult]::new('--metadata-expiry-ms', '--metadata-expiry-ms', [CompletionResultType]::ParameterName, 'How often the partitions are looked up (metadata.max.age.ms) [default: 300000]')
            [CompletionResult]::new('--max-block-ms', '--max-block-ms', [CompletionResultType]::ParameterName, 'How long to wait for the topic, and for room in the buffer (max.block.ms) [default: 60000; 5000 for an unknown topic]')
            [CompletionResult]::new('--max-memory-bytes', '--max-memory-bytes', [CompletionResultType]::ParameterName, 'The memory for records on their way (buffer.memory) [default: 33554432]')
            [CompletionResult]::new('--max-partition-memory-bytes', '--max-partition-memory-bytes', [CompletionResultType]::ParameterName, 'The old name of --batch-size, which it overrides')
            [CompletionResult]::new('--line-reader', '--line-reader', [CompletionResultType]::ParameterName, 'The class that reads records: only org.apache.kafka.tools.LineMessageReader')
            [CompletionResult]::new('--socket-buffer-size', '--socket-buffer-size', [CompletionResultType]::ParameterName, 'The size of the socket''s send buffer (send.buffer.bytes) [default: the system''s]')
            [CompletionResult]::new('--reader-property', '--reader-property', [CompletionResultType]::ParameterName, 'A property of the line reader, any number of times:   parse.key=true          a line begins with a key          [default: false]   key.separator=TEXT      what follows the key              [default: a tab]   parse.headers=true      a line begins with headers        [default: false]   headers.delimiter=TEXT  what follows the headers          [default: a tab]   headers.separator=REGEX what is between two headers       [default: ,]   headers.key.separator=TEXT between a header''s key and value [default: :]   null.marker=TEXT        a field of this text is null   ignore.error=true       take a line that lacks a separator as it is')
            [CompletionResult]::new('--reader-config', '--reader-config', [CompletionResultType]::ParameterName, 'A file of reader properties')
            [CompletionResult]::new('--command-property', '--command-property', [CompletionResultType]::ParameterName, 'A property of the producer, any number of times')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of producer properties')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'The old name of --reader-property')
            [CompletionResult]::new('--producer-property', '--producer-property', [CompletionResultType]::ParameterName, 'The old name of --command-property')
            [CompletionResult]::new('--producer.config', '--producer.config', [CompletionResultType]::ParameterName, 'The old name of --command-config')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'The form of the input: lines (Java''s), or jsonl, as console-consumer --output json writes records [default: lines]')
            [CompletionResult]::new('--input-file', '--input-file', [CompletionResultType]::ParameterName, 'Read this file instead of standard input')
            [CompletionResult]::new('--reject-file', '--reject-file', [CompletionResultType]::ParameterName, 'Add the lines to this file that are no records or are not acknowledged, as they are, and go on')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), json or tsv [default: text]')
            [CompletionResult]::new('--sync', '--sync', [CompletionResultType]::ParameterName, 'Send one record at a time, and stop at the first that is not acknowledged')
            [CompletionResult]::new('--new-producer', '--new-producer', [CompletionResultType]::ParameterName, 'Of Kafka 0.8.2 to 0.10, which had two producers')
            [CompletionResult]::new('--old-producer', '--old-producer', [CompletionResultType]::ParameterName, 'Of Kafka 0.9 to 1.1, which had two producers')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;console-consumer' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic to read')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'A regular expression: all topics whose name matches as a whole')
            [CompletionResult]::new('--partition', '--partition', [CompletionResultType]::ParameterName, 'The partition to read, from its end unless --offset or --from-beginning is given')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Where to start: in --partition a number, ''earliest'' or ''latest'' [default: latest]; in all partitions a time as @2026-11-20T10:00:00Z (UTC unless it names another zone), @-1h (ago; ms, s, m, h, d, w) or @1763632800000 (milliseconds since 1970)')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'Start with the last N records of each partition, merged by their time')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group to join; without it no group is joined, and nothing is committed')
            [CompletionResult]::new('--max-messages', '--max-messages', [CompletionResultType]::ParameterName, 'End after this many records; -1 means never')
            [CompletionResult]::new('--timeout-ms', '--timeout-ms', [CompletionResultType]::ParameterName, 'End when no record came for so many milliseconds')
            [CompletionResult]::new('--isolation-level', '--isolation-level', [CompletionResultType]::ParameterName, 'read_committed leaves out what transactions have not committed [default: read_uncommitted]')
            [CompletionResult]::new('--formatter', '--formatter', [CompletionResultType]::ParameterName, 'The class that prints records [default: org.apache.kafka.tools.consumer.DefaultMessageFormatter]')
            [CompletionResult]::new('--formatter-config', '--formatter-config', [CompletionResultType]::ParameterName, 'A file of properties of the formatter')
            [CompletionResult]::new('--formatter-property', '--formatter-property', [CompletionResultType]::ParameterName, 'A property of the formatter, any number of times: print.key, print.value, print.timestamp, print.partition, print.offset, print.epoch, print.delivery and print.headers are true or false; key.separator, line.separator, headers.separator and null.literal are texts; key.deserializer, value.deserializer and headers.deserializer are classes')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Deprecated: use --formatter-property')
            [CompletionResult]::new('--key-deserializer', '--key-deserializer', [CompletionResultType]::ParameterName, 'The class that turns keys into text')
            [CompletionResult]::new('--value-deserializer', '--value-deserializer', [CompletionResultType]::ParameterName, 'The class that turns values into text')
            [CompletionResult]::new('--command-property', '--command-property', [CompletionResultType]::ParameterName, 'A property of the client, any number of times; it wins over --command-config')
            [CompletionResult]::new('--consumer-property', '--consumer-property', [CompletionResultType]::ParameterName, 'Deprecated: use --command-property')
            [CompletionResult]::new('--consumer.config', '--consumer.config', [CompletionResultType]::ParameterName, 'Deprecated: use --command-config')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: text]')
            [CompletionResult]::new('--exit-at-end', '--exit-at-end', [CompletionResultType]::ParameterName, 'End when everything has been read that was there at the start')
            [CompletionResult]::new('--from-beginning', '--from-beginning', [CompletionResultType]::ParameterName, 'Start with the earliest record where the group has no offset, rather than with the next one')
            [CompletionResult]::new('--skip-message-on-error', '--skip-message-on-error', [CompletionResultType]::ParameterName, 'Go on behind a record that cannot be printed')
            [CompletionResult]::new('--enable-systest-events', '--enable-systest-events', [CompletionResultType]::ParameterName, 'Print ''shutdown_complete'' at the end (for Kafka''s system tests)')
            [CompletionResult]::new('--new-consumer', '--new-consumer', [CompletionResultType]::ParameterName, 'Had a meaning before Kafka 2')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;consumer-groups' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--validate-regex', '--validate-regex', [CompletionResultType]::ParameterName, 'Check a regular expression by the rules of RE2, which brokers apply to subscriptions')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, any number of times')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'A topic whose offsets are reset or deleted, any number of times; TOPIC:0,1 means some of its partitions')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'With --describe, the state of the groups; with --list, show it, or list only groups in these states')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'With --list, show the groups'' type, or list only groups of these types (classic, consumer)')
            [CompletionResult]::new('--to-offset', '--to-offset', [CompletionResultType]::ParameterName, 'Reset to this offset')
            [CompletionResult]::new('--to-datetime', '--to-datetime', [CompletionResultType]::ParameterName, 'Reset to the offset of the first record at or after a time, YYYY-MM-DDThh:mm:ss.sss, in UTC unless it ends in an offset')
            [CompletionResult]::new('--by-duration', '--by-duration', [CompletionResultType]::ParameterName, 'Reset to the offset of the first record that is no older than a duration, PnDTnHnMnS')
            [CompletionResult]::new('--shift-by', '--shift-by', [CompletionResultType]::ParameterName, 'Move the committed offset by so many records, back if the number is negative')
            [CompletionResult]::new('--from-file', '--from-file', [CompletionResultType]::ParameterName, 'Reset to the offsets in a CSV file')
            [CompletionResult]::new('--fail-if-lag-over', '--fail-if-lag-over', [CompletionResultType]::ParameterName, 'With --describe, fail if a group has more unread messages than this in all its partitions')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'With --describe, look again every so many seconds (2): a table with rates on a terminal, else one line of JSON each time')
            [CompletionResult]::new('--undo-file', '--undo-file', [CompletionResultType]::ParameterName, 'Before offsets are reset or deleted, write them to a new file, as --from-file takes them')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the command may take, in milliseconds; with --watch, each look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all consumer groups')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'Show the offsets and the lag of groups, or their members, or their state')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete groups with all their offsets')
            [CompletionResult]::new('--reset-offsets', '--reset-offsets', [CompletionResultType]::ParameterName, 'Reset the offsets of groups without running members; see --dry-run, --execute and --export')
            [CompletionResult]::new('--delete-offsets', '--delete-offsets', [CompletionResultType]::ParameterName, 'Delete the offsets of one group for topics that it no longer consumes')
            [CompletionResult]::new('--all-groups', '--all-groups', [CompletionResultType]::ParameterName, 'All consumer groups')
            [CompletionResult]::new('--all-topics', '--all-topics', [CompletionResultType]::ParameterName, 'With --reset-offsets, all topics for which the group has offsets')
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'With --describe, the members of the groups')
            [CompletionResult]::new('--offsets', '--offsets', [CompletionResultType]::ParameterName, 'With --describe, the offsets and the lag of the groups (the default)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'With --describe, show more columns')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --reset-offsets, only show what would be done')
            [CompletionResult]::new('--execute', '--execute', [CompletionResultType]::ParameterName, 'With --reset-offsets, do it')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'With --reset-offsets, print the plan as CSV, for --from-file')
            [CompletionResult]::new('--to-earliest', '--to-earliest', [CompletionResultType]::ParameterName, 'Reset to the first offset of each partition')
            [CompletionResult]::new('--to-latest', '--to-latest', [CompletionResultType]::ParameterName, 'Reset to the end of each partition')
            [CompletionResult]::new('--to-current', '--to-current', [CompletionResultType]::ParameterName, 'Reset to the committed offset; where there is none, to the end of the partition')
            [CompletionResult]::new('--lag-only', '--lag-only', [CompletionResultType]::ParameterName, 'With --describe, leave out the partitions that are read to their end')
            [CompletionResult]::new('--new-consumer', '--new-consumer', [CompletionResultType]::ParameterName, 'From the time when there were two kinds of consumers')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;configs' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--bootstrap-controller', '--bootstrap-controller', [CompletionResultType]::ParameterName, 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas')
            [CompletionResult]::new('--entity-type', '--entity-type', [CompletionResultType]::ParameterName, 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups')
            [CompletionResult]::new('--entity-name', '--entity-name', [CompletionResultType]::ParameterName, 'The name of the entity')
            [CompletionResult]::new('--add-config', '--add-config', [CompletionResultType]::ParameterName, 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas. A SCRAM password may be ${env:NAME}, ${file:PATH}, ${file:PATH:KEY} or ${directory:PATH:FILE}')
            [CompletionResult]::new('--add-config-file', '--add-config-file', [CompletionResultType]::ParameterName, 'A properties file of values to set')
            [CompletionResult]::new('--delete-config', '--delete-config', [CompletionResultType]::ParameterName, 'Names of values to remove, separated by commas')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'The client id')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The user''s principal name')
            [CompletionResult]::new('--broker', '--broker', [CompletionResultType]::ParameterName, 'The broker''s id')
            [CompletionResult]::new('--broker-logger', '--broker-logger', [CompletionResultType]::ParameterName, 'The id of the broker whose loggers are meant')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The IP address')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group')
            [CompletionResult]::new('--client-metrics', '--client-metrics', [CompletionResultType]::ParameterName, 'The name of the client metrics subscription')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--alter', '--alter', [CompletionResultType]::ParameterName, 'Change the configuration of an entity')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'List the configuration of entities')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'With --describe, list every value, not only those set for the entity')
            [CompletionResult]::new('--entity-default', '--entity-default', [CompletionResultType]::ParameterName, 'The default of clients, users, brokers or ips, in place of a name')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what --alter would change, and change nothing')
            [CompletionResult]::new('--client-defaults', '--client-defaults', [CompletionResultType]::ParameterName, 'The default of all clients')
            [CompletionResult]::new('--user-defaults', '--user-defaults', [CompletionResultType]::ParameterName, 'The default of all users')
            [CompletionResult]::new('--broker-defaults', '--broker-defaults', [CompletionResultType]::ParameterName, 'The default of all brokers')
            [CompletionResult]::new('--ip-defaults', '--ip-defaults', [CompletionResultType]::ParameterName, 'The default of all IP addresses')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;sandbox' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port on 127.0.0.1; 0 takes a free one [default: 9092; with run and --demo 0]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'A topic that is there from the start, NAME or NAME:PARTITIONS, any number of times')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'How much memory records may take, in MB; beyond it the oldest are dropped [default: 256]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Show the five tools at work on a broker of their own')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;links' {
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace whatever has the name of a link')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


Register-ArgumentCompleter -Native -CommandName 'kafka-topics.sh', 'kafka-topics' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafka-topics.sh'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafka-topics.sh' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic; except with --create a regular expression, a comma meaning "or"')
            [CompletionResult]::new('--topic-id', '--topic-id', [CompletionResultType]::ParameterName, 'The id of the topic to describe')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'A setting of the topic to create, any number of times')
            [CompletionResult]::new('--delete-config', '--delete-config', [CompletionResultType]::ParameterName, 'No longer supported by Kafka: only warns')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'The number of partitions [default: the broker''s]')
            [CompletionResult]::new('--replication-factor', '--replication-factor', [CompletionResultType]::ParameterName, 'The number of replicas of each partition [default: the broker''s]')
            [CompletionResult]::new('--replica-assignment', '--replica-assignment', [CompletionResultType]::ParameterName, 'The brokers of each partition: BROKER:BROKER for one partition, a comma before the next')
            [CompletionResult]::new('--partition-size-limit-per-response', '--partition-size-limit-per-response', [CompletionResultType]::ParameterName, 'With --describe, the partitions in one answer of the broker [default: 2000]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all topics')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Create a topic')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete topics')
            [CompletionResult]::new('--alter', '--alter', [CompletionResultType]::ParameterName, 'Add partitions to topics')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'Show the partitions of topics')
            [CompletionResult]::new('--under-replicated-partitions', '--under-replicated-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with fewer in-sync replicas than replicas')
            [CompletionResult]::new('--unavailable-partitions', '--unavailable-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions without a running leader')
            [CompletionResult]::new('--under-min-isr-partitions', '--under-min-isr-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with fewer in-sync replicas than min.insync.replicas')
            [CompletionResult]::new('--at-min-isr-partitions', '--at-min-isr-partitions', [CompletionResultType]::ParameterName, 'With --describe, only partitions with exactly min.insync.replicas in-sync replicas')
            [CompletionResult]::new('--topics-with-overrides', '--topics-with-overrides', [CompletionResultType]::ParameterName, 'With --describe, only topics with settings of their own')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'With --alter, --delete or --describe, do nothing if the topic does not exist')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'With --create, do nothing if the topic exists')
            [CompletionResult]::new('--exclude-internal', '--exclude-internal', [CompletionResultType]::ParameterName, 'With --list or --describe, leave out Kafka''s own topics')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --create, --alter or --delete, only tell what would be done')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


Register-ArgumentCompleter -Native -CommandName 'kafka-console-producer.sh', 'kafka-console-producer' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafka-console-producer.sh'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafka-console-producer.sh' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic to produce to')
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--compression-codec', '--compression-codec', [CompletionResultType]::ParameterName, 'none, gzip, snappy, lz4 or zstd; gzip if no codec is named [default: none]')
            [CompletionResult]::new('--batch-size', '--batch-size', [CompletionResultType]::ParameterName, 'The most bytes in one batch (batch.size) [default: as many as a request takes]')
            [CompletionResult]::new('--message-send-max-retries', '--message-send-max-retries', [CompletionResultType]::ParameterName, 'How often a batch is sent again (retries) [default: until delivery.timeout.ms]')
            [CompletionResult]::new('--retry-backoff-ms', '--retry-backoff-ms', [CompletionResultType]::ParameterName, 'The pause before it is sent again (retry.backoff.ms) [default: 100]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a record waits for others to share its batch (linger.ms) [default: 5]')
            [CompletionResult]::new('--request-required-acks', '--request-required-acks', [CompletionResultType]::ParameterName, 'Which brokers must have a record: all, -1, 0 or 1 (acks) [default: -1, all]')
            [CompletionResult]::new('--request-timeout-ms', '--request-timeout-ms', [CompletionResultType]::ParameterName, 'How long one answer may take (request.timeout.ms) [default: 1500]')
            [CompletionResult]::new('--metadata-expiry-ms', '--metadata-expiry-ms', [CompletionResultType]::ParameterName, 'How often the partitions are looked up (metadata.max.age.ms) [default: 300000]')
            [CompletionResult]::new('--max-block-ms', '--max-block-ms', [CompletionResultType]::ParameterName, 'How long to wait for the topic, and for room in the buffer (max.block.ms) [default: 60000; 5000 for an unknown topic]')
            [CompletionResult]::new('--max-memory-bytes', '--max-memory-bytes', [CompletionResultType]::ParameterName, 'The memory for records on their way (buffer.memory) [default: 33554432]')
            [CompletionResult]::new('--max-partition-memory-bytes', '--max-partition-memory-bytes', [CompletionResultType]::ParameterName, 'The old name of --batch-size, which it overrides')
            [CompletionResult]::new('--line-reader', '--line-reader', [CompletionResultType]::ParameterName, 'The class that reads records: only org.apache.kafka.tools.LineMessageReader')
            [CompletionResult]::new('--socket-buffer-size', '--socket-buffer-size', [CompletionResultType]::ParameterName, 'The size of the socket''s send buffer (send.buffer.bytes) [default: the system''s]')
            [CompletionResult]::new('--reader-property', '--reader-property', [CompletionResultType]::ParameterName, 'A property of the line reader, any number of times:   parse.key=true          a line begins with a key          [default: false]   key.separator=TEXT      what follows the key              [default: a tab]   parse.headers=true      a line begins with headers        [default: false]   headers.delimiter=TEXT  what follows the headers          [default: a tab]   headers.separator=REGEX what is between two headers       [default: ,]   headers.key.separator=TEXT between a header''s key and value [default: :]   null.marker=TEXT        a field of this text is null   ignore.error=true       take a line that lacks a separator as it is')
            [CompletionResult]::new('--reader-config', '--reader-config', [CompletionResultType]::ParameterName, 'A file of reader properties')
            [CompletionResult]::new('--command-property', '--command-property', [CompletionResultType]::ParameterName, 'A property of the producer, any number of times')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of producer properties')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'The old name of --reader-property')
            [CompletionResult]::new('--producer-property', '--producer-property', [CompletionResultType]::ParameterName, 'The old name of --command-property')
            [CompletionResult]::new('--producer.config', '--producer.config', [CompletionResultType]::ParameterName, 'The old name of --command-config')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'The form of the input: lines (Java''s), or jsonl, as console-consumer --output json writes records [default: lines]')
            [CompletionResult]::new('--input-file', '--input-file', [CompletionResultType]::ParameterName, 'Read this file instead of standard input')
            [CompletionResult]::new('--reject-file', '--reject-file', [CompletionResultType]::ParameterName, 'Add the lines to this file that are no records or are not acknowledged, as they are, and go on')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), json or tsv [default: text]')
            [CompletionResult]::new('--sync', '--sync', [CompletionResultType]::ParameterName, 'Send one record at a time, and stop at the first that is not acknowledged')
            [CompletionResult]::new('--new-producer', '--new-producer', [CompletionResultType]::ParameterName, 'Of Kafka 0.8.2 to 0.10, which had two producers')
            [CompletionResult]::new('--old-producer', '--old-producer', [CompletionResultType]::ParameterName, 'Of Kafka 0.9 to 1.1, which had two producers')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


Register-ArgumentCompleter -Native -CommandName 'kafka-console-consumer.sh', 'kafka-console-consumer' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafka-console-consumer.sh'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafka-console-consumer.sh' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic to read')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'A regular expression: all topics whose name matches as a whole')
            [CompletionResult]::new('--partition', '--partition', [CompletionResultType]::ParameterName, 'The partition to read, from its end unless --offset or --from-beginning is given')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Where to start: in --partition a number, ''earliest'' or ''latest'' [default: latest]; in all partitions a time as @2026-11-20T10:00:00Z (UTC unless it names another zone), @-1h (ago; ms, s, m, h, d, w) or @1763632800000 (milliseconds since 1970)')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'Start with the last N records of each partition, merged by their time')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group to join; without it no group is joined, and nothing is committed')
            [CompletionResult]::new('--max-messages', '--max-messages', [CompletionResultType]::ParameterName, 'End after this many records; -1 means never')
            [CompletionResult]::new('--timeout-ms', '--timeout-ms', [CompletionResultType]::ParameterName, 'End when no record came for so many milliseconds')
            [CompletionResult]::new('--isolation-level', '--isolation-level', [CompletionResultType]::ParameterName, 'read_committed leaves out what transactions have not committed [default: read_uncommitted]')
            [CompletionResult]::new('--formatter', '--formatter', [CompletionResultType]::ParameterName, 'The class that prints records [default: org.apache.kafka.tools.consumer.DefaultMessageFormatter]')
            [CompletionResult]::new('--formatter-config', '--formatter-config', [CompletionResultType]::ParameterName, 'A file of properties of the formatter')
            [CompletionResult]::new('--formatter-property', '--formatter-property', [CompletionResultType]::ParameterName, 'A property of the formatter, any number of times: print.key, print.value, print.timestamp, print.partition, print.offset, print.epoch, print.delivery and print.headers are true or false; key.separator, line.separator, headers.separator and null.literal are texts; key.deserializer, value.deserializer and headers.deserializer are classes')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Deprecated: use --formatter-property')
            [CompletionResult]::new('--key-deserializer', '--key-deserializer', [CompletionResultType]::ParameterName, 'The class that turns keys into text')
            [CompletionResult]::new('--value-deserializer', '--value-deserializer', [CompletionResultType]::ParameterName, 'The class that turns values into text')
            [CompletionResult]::new('--command-property', '--command-property', [CompletionResultType]::ParameterName, 'A property of the client, any number of times; it wins over --command-config')
            [CompletionResult]::new('--consumer-property', '--consumer-property', [CompletionResultType]::ParameterName, 'Deprecated: use --command-property')
            [CompletionResult]::new('--consumer.config', '--consumer.config', [CompletionResultType]::ParameterName, 'Deprecated: use --command-config')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: text]')
            [CompletionResult]::new('--exit-at-end', '--exit-at-end', [CompletionResultType]::ParameterName, 'End when everything has been read that was there at the start')
            [CompletionResult]::new('--from-beginning', '--from-beginning', [CompletionResultType]::ParameterName, 'Start with the earliest record where the group has no offset, rather than with the next one')
            [CompletionResult]::new('--skip-message-on-error', '--skip-message-on-error', [CompletionResultType]::ParameterName, 'Go on behind a record that cannot be printed')
            [CompletionResult]::new('--enable-systest-events', '--enable-systest-events', [CompletionResultType]::ParameterName, 'Print ''shutdown_complete'' at the end (for Kafka''s system tests)')
            [CompletionResult]::new('--new-consumer', '--new-consumer', [CompletionResultType]::ParameterName, 'Had a meaning before Kafka 2')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


Register-ArgumentCompleter -Native -CommandName 'kafka-consumer-groups.sh', 'kafka-consumer-groups' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafka-consumer-groups.sh'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafka-consumer-groups.sh' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--validate-regex', '--validate-regex', [CompletionResultType]::ParameterName, 'Check a regular expression by the rules of RE2, which brokers apply to subscriptions')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, any number of times')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'A topic whose offsets are reset or deleted, any number of times; TOPIC:0,1 means some of its partitions')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'With --describe, the state of the groups; with --list, show it, or list only groups in these states')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'With --list, show the groups'' type, or list only groups of these types (classic, consumer)')
            [CompletionResult]::new('--to-offset', '--to-offset', [CompletionResultType]::ParameterName, 'Reset to this offset')
            [CompletionResult]::new('--to-datetime', '--to-datetime', [CompletionResultType]::ParameterName, 'Reset to the offset of the first record at or after a time, YYYY-MM-DDThh:mm:ss.sss, in UTC unless it ends in an offset')
            [CompletionResult]::new('--by-duration', '--by-duration', [CompletionResultType]::ParameterName, 'Reset to the offset of the first record that is no older than a duration, PnDTnHnMnS')
            [CompletionResult]::new('--shift-by', '--shift-by', [CompletionResultType]::ParameterName, 'Move the committed offset by so many records, back if the number is negative')
            [CompletionResult]::new('--from-file', '--from-file', [CompletionResultType]::ParameterName, 'Reset to the offsets in a CSV file')
            [CompletionResult]::new('--fail-if-lag-over', '--fail-if-lag-over', [CompletionResultType]::ParameterName, 'With --describe, fail if a group has more unread messages than this in all its partitions')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'With --describe, look again every so many seconds (2): a table with rates on a terminal, else one line of JSON each time')
            [CompletionResult]::new('--undo-file', '--undo-file', [CompletionResultType]::ParameterName, 'Before offsets are reset or deleted, write them to a new file, as --from-file takes them')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the command may take, in milliseconds; with --watch, each look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all consumer groups')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'Show the offsets and the lag of groups, or their members, or their state')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete groups with all their offsets')
            [CompletionResult]::new('--reset-offsets', '--reset-offsets', [CompletionResultType]::ParameterName, 'Reset the offsets of groups without running members; see --dry-run, --execute and --export')
            [CompletionResult]::new('--delete-offsets', '--delete-offsets', [CompletionResultType]::ParameterName, 'Delete the offsets of one group for topics that it no longer consumes')
            [CompletionResult]::new('--all-groups', '--all-groups', [CompletionResultType]::ParameterName, 'All consumer groups')
            [CompletionResult]::new('--all-topics', '--all-topics', [CompletionResultType]::ParameterName, 'With --reset-offsets, all topics for which the group has offsets')
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'With --describe, the members of the groups')
            [CompletionResult]::new('--offsets', '--offsets', [CompletionResultType]::ParameterName, 'With --describe, the offsets and the lag of the groups (the default)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'With --describe, show more columns')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --reset-offsets, only show what would be done')
            [CompletionResult]::new('--execute', '--execute', [CompletionResultType]::ParameterName, 'With --reset-offsets, do it')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'With --reset-offsets, print the plan as CSV, for --from-file')
            [CompletionResult]::new('--to-earliest', '--to-earliest', [CompletionResultType]::ParameterName, 'Reset to the first offset of each partition')
            [CompletionResult]::new('--to-latest', '--to-latest', [CompletionResultType]::ParameterName, 'Reset to the end of each partition')
            [CompletionResult]::new('--to-current', '--to-current', [CompletionResultType]::ParameterName, 'Reset to the committed offset; where there is none, to the end of the partition')
            [CompletionResult]::new('--lag-only', '--lag-only', [CompletionResultType]::ParameterName, 'With --describe, leave out the partitions that are read to their end')
            [CompletionResult]::new('--new-consumer', '--new-consumer', [CompletionResultType]::ParameterName, 'From the time when there were two kinds of consumers')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


Register-ArgumentCompleter -Native -CommandName 'kafka-configs.sh', 'kafka-configs' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'kafka-configs.sh'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'kafka-configs.sh' {
            [CompletionResult]::new('--bootstrap-server', '--bootstrap-server', [CompletionResultType]::ParameterName, 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]')
            [CompletionResult]::new('--command-config', '--command-config', [CompletionResultType]::ParameterName, 'A file of client properties')
            [CompletionResult]::new('--bootstrap-controller', '--bootstrap-controller', [CompletionResultType]::ParameterName, 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas')
            [CompletionResult]::new('--entity-type', '--entity-type', [CompletionResultType]::ParameterName, 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups')
            [CompletionResult]::new('--entity-name', '--entity-name', [CompletionResultType]::ParameterName, 'The name of the entity')
            [CompletionResult]::new('--add-config', '--add-config', [CompletionResultType]::ParameterName, 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas. A SCRAM password may be ${env:NAME}, ${file:PATH}, ${file:PATH:KEY} or ${directory:PATH:FILE}')
            [CompletionResult]::new('--add-config-file', '--add-config-file', [CompletionResultType]::ParameterName, 'A properties file of values to set')
            [CompletionResult]::new('--delete-config', '--delete-config', [CompletionResultType]::ParameterName, 'Names of values to remove, separated by commas')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'The client id')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The user''s principal name')
            [CompletionResult]::new('--broker', '--broker', [CompletionResultType]::ParameterName, 'The broker''s id')
            [CompletionResult]::new('--broker-logger', '--broker-logger', [CompletionResultType]::ParameterName, 'The id of the broker whose loggers are meant')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The IP address')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group')
            [CompletionResult]::new('--client-metrics', '--client-metrics', [CompletionResultType]::ParameterName, 'The name of the client metrics subscription')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
            [CompletionResult]::new('--alter', '--alter', [CompletionResultType]::ParameterName, 'Change the configuration of an entity')
            [CompletionResult]::new('--describe', '--describe', [CompletionResultType]::ParameterName, 'List the configuration of entities')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'With --describe, list every value, not only those set for the entity')
            [CompletionResult]::new('--entity-default', '--entity-default', [CompletionResultType]::ParameterName, 'The default of clients, users, brokers or ips, in place of a name')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what --alter would change, and change nothing')
            [CompletionResult]::new('--client-defaults', '--client-defaults', [CompletionResultType]::ParameterName, 'The default of all clients')
            [CompletionResult]::new('--user-defaults', '--user-defaults', [CompletionResultType]::ParameterName, 'The default of all users')
            [CompletionResult]::new('--broker-defaults', '--broker-defaults', [CompletionResultType]::ParameterName, 'The default of all brokers')
            [CompletionResult]::new('--ip-defaults', '--ip-defaults', [CompletionResultType]::ParameterName, 'The default of all IP addresses')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
