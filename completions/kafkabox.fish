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
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "console-producer"
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "console-consumer"
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "consumer-groups"
complete -c kafkabox -n "__fish_kafkabox_needs_command" -f -a "configs" -d 'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group'
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
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand topics" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-producer" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand console-consumer" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand consumer-groups" -l version -d 'Print the version'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l command-config -d 'A file of client properties' -r -F
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l bootstrap-controller -d 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l entity-type -d 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l entity-name -d 'The name of the entity' -r
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l add-config -d 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas' -r
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
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l client-defaults -d 'The default of all clients'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l user-defaults -d 'The default of all users'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l broker-defaults -d 'The default of all brokers'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l ip-defaults -d 'The default of all IP addresses'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l help -d 'Print this help'
complete -c kafkabox -n "__fish_kafkabox_using_subcommand configs" -l version -d 'Print the version'
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
complete -c kafka-topics.sh -l help -d 'Print this help'
complete -c kafka-topics.sh -l version -d 'Print the version'
complete -c kafka-topics -w kafka-topics.sh
complete -c kafka-console-producer.sh -l help -d 'Print this help'
complete -c kafka-console-producer.sh -l version -d 'Print the version'
complete -c kafka-console-producer -w kafka-console-producer.sh
complete -c kafka-console-consumer.sh -l help -d 'Print this help'
complete -c kafka-console-consumer.sh -l version -d 'Print the version'
complete -c kafka-console-consumer -w kafka-console-consumer.sh
complete -c kafka-consumer-groups.sh -l output -d 'text (the Java tool\'s bytes), table, json or tsv [default: table on a terminal, text otherwise]' -r -f -a "text\t''
table\t''
json\t''
tsv\t''"
complete -c kafka-consumer-groups.sh -l help -d 'Print this help'
complete -c kafka-consumer-groups.sh -l version -d 'Print the version'
complete -c kafka-consumer-groups -w kafka-consumer-groups.sh
complete -c kafka-configs.sh -l bootstrap-server -d 'The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]' -r
complete -c kafka-configs.sh -l command-config -d 'A file of client properties' -r -F
complete -c kafka-configs.sh -l bootstrap-controller -d 'The controllers to connect to instead of brokers, HOST:PORT, several separated by commas' -r
complete -c kafka-configs.sh -l entity-type -d 'The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups' -r
complete -c kafka-configs.sh -l entity-name -d 'The name of the entity' -r
complete -c kafka-configs.sh -l add-config -d 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas' -r
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
complete -c kafka-configs.sh -l client-defaults -d 'The default of all clients'
complete -c kafka-configs.sh -l user-defaults -d 'The default of all users'
complete -c kafka-configs.sh -l broker-defaults -d 'The default of all brokers'
complete -c kafka-configs.sh -l ip-defaults -d 'The default of all IP addresses'
complete -c kafka-configs.sh -l help -d 'Print this help'
complete -c kafka-configs.sh -l version -d 'Print the version'
complete -c kafka-configs -w kafka-configs.sh
