
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
            [CompletionResult]::new('console-producer', 'console-producer', [CompletionResultType]::ParameterValue, 'console-producer')
            [CompletionResult]::new('console-consumer', 'console-consumer', [CompletionResultType]::ParameterValue, 'console-consumer')
            [CompletionResult]::new('consumer-groups', 'consumer-groups', [CompletionResultType]::ParameterValue, 'consumer-groups')
            [CompletionResult]::new('configs', 'configs', [CompletionResultType]::ParameterValue, 'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group')
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
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;console-producer' {
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;console-consumer' {
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'kafkabox;consumer-groups' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
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
            [CompletionResult]::new('--add-config', '--add-config', [CompletionResultType]::ParameterName, 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas')
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
            [CompletionResult]::new('--client-defaults', '--client-defaults', [CompletionResultType]::ParameterName, 'The default of all clients')
            [CompletionResult]::new('--user-defaults', '--user-defaults', [CompletionResultType]::ParameterName, 'The default of all users')
            [CompletionResult]::new('--broker-defaults', '--broker-defaults', [CompletionResultType]::ParameterName, 'The default of all brokers')
            [CompletionResult]::new('--ip-defaults', '--ip-defaults', [CompletionResultType]::ParameterName, 'The default of all IP addresses')
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
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'text (the Java tool''s bytes), table, json or tsv [default: table on a terminal, text otherwise]')
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
            [CompletionResult]::new('--add-config', '--add-config', [CompletionResultType]::ParameterName, 'Values to set, NAME=VALUE separated by commas; [] around a value that contains commas')
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
