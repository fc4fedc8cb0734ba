use super::*;

struct Fixed {
    timestamp: Option<(i64, bool)>,
    headers: Vec<(&'static str, Option<&'static [u8]>)>,
    key: Option<&'static [u8]>,
    value: Option<&'static [u8]>,
}

impl Record for Fixed {
    fn topic(&self) -> Cow<'_, str> {
        "t".into()
    }

    fn partition(&self) -> i32 {
        3
    }

    fn offset(&self) -> i64 {
        42
    }

    fn timestamp(&self) -> Option<(i64, bool)> {
        self.timestamp
    }

    fn headers(&self) -> Vec<(&[u8], Option<&[u8]>)> {
        self.headers.iter().map(|(name, value)| (name.as_bytes(), *value)).collect()
    }

    fn key(&self) -> Option<&[u8]> {
        self.key
    }

    fn value(&self) -> Option<&[u8]> {
        self.value
    }
}

fn full() -> Fixed {
    Fixed {
        timestamp: Some((1_500_000_000_000, false)),
        headers: vec![("a", Some(b"1")), ("b", None), ("a", Some(b""))],
        key: Some(b"k"),
        value: Some(b"v"),
    }
}

fn bare() -> Fixed {
    Fixed { timestamp: None, headers: vec![], key: None, value: None }
}

fn formatter(properties: &str) -> Formatter {
    let pair = |word: &str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let properties = properties.split_whitespace().map(pair).collect();
    Formatter::new("org.apache.kafka.tools.consumer.DefaultMessageFormatter", &properties).unwrap()
}

fn printed(properties: &str, record: &Fixed) -> String {
    let mut out = Vec::new();
    formatter(properties).print(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn by_default_the_value_alone() {
    assert_eq!(printed("", &full()), "v\n");
    assert_eq!(printed("", &bare()), "null\n");
    assert_eq!(printed("print.value=false", &full()), "");
}

#[test]
fn every_combination_of_columns() {
    let columns = [
        ("print.timestamp", "CreateTime:1500000000000", "NO_TIMESTAMP"),
        ("print.partition", "Partition:3", "Partition:3"),
        ("print.offset", "Offset:42", "Offset:42"),
        ("print.delivery", "Delivery:NOT_PRESENT", "Delivery:NOT_PRESENT"),
        ("print.epoch", "Epoch:NOT_PRESENT", "Epoch:NOT_PRESENT"),
        ("print.headers", "a:1,b:null,a:", "NO_HEADERS"),
        ("print.key", "k", "null"),
        ("print.value", "v", "null"),
    ];
    for chosen in 0..1_u32 << columns.len() {
        let is_chosen = |index: &usize| chosen & 1 << index != 0;
        let properties: Vec<String> = (0..columns.len()).map(|index| format!("{}={}", columns[index].0, is_chosen(&index))).collect();
        let line = |texts: Vec<&str>| if texts.is_empty() { String::new() } else { format!("{}\n", texts.join("\t")) };
        let chosen: Vec<usize> = (0..columns.len()).filter(is_chosen).collect();
        let properties = properties.join(" ");
        assert_eq!(printed(&properties, &full()), line(chosen.iter().map(|index| columns[*index].1).collect()));
        assert_eq!(printed(&properties, &bare()), line(chosen.iter().map(|index| columns[*index].2).collect()));
    }
}

#[test]
fn separators_and_the_literal_are_taken_as_they_are() {
    let properties = "print.key=true print.headers=true key.separator=| line.separator=; headers.separator=+ null.literal=ø";
    assert_eq!(printed(properties, &full()), "a:1+b:ø+a:|k|v;");
    assert_eq!(printed(properties, &bare()), "NO_HEADERS|ø|ø;");
    assert_eq!(printed("print.key=true key.separator=\\t null.literal=", &bare()), "\\t\n");
}

#[test]
fn only_the_word_true_is_true() {
    assert_eq!(printed("print.key=TRUE", &full()), "k\tv\n");
    for value in ["yes", "1", "", "truee"] {
        assert_eq!(printed(&format!("print.key={value}"), &full()), "v\n");
    }
    let padded = BTreeMap::from([("print.key".to_owned(), " true\t".to_owned())]);
    assert!(matches!(Formatter::new("kafka.tools.DefaultMessageFormatter", &padded), Ok(Formatter::Default(Columns { key: true, .. }))));
}

#[test]
fn times_of_appending_are_named_so() {
    assert_eq!(printed("print.timestamp=true", &Fixed { timestamp: Some((5, true)), ..full() }), "LogAppendTime:5\tv\n");
}

#[test]
fn a_part_that_fails_leaves_what_came_before() {
    let integer = "print.key=true value.deserializer=org.apache.kafka.common.serialization.IntegerDeserializer";
    let mut out = Vec::new();
    let failed = formatter(integer).print(&full(), &mut out);
    assert_eq!(failed.unwrap_err(), "Size of data received by IntegerDeserializer is not 4");
    assert_eq!(out, b"k\t");
    assert_eq!(printed(integer, &bare()), "null\t1853189228\n");
}

#[test]
fn headers_have_a_deserializer_of_their_own() {
    let record = Fixed { headers: vec![("n", Some(b"\0\0\0\x2a")), ("m", Some(b"\xff\xff\xff\xff"))], ..full() };
    let properties = "print.headers=true headers.deserializer=org.apache.kafka.common.serialization.IntegerDeserializer";
    assert_eq!(printed(properties, &record), "n:42,m:-1\tv\n");
}

#[test]
fn classes_of_this_release_and_of_older_ones() {
    let formatter = |class: &str| Formatter::new(class, &BTreeMap::new());
    for (class, _) in CLASSES {
        assert!(Formatter::exists(&format!("{PACKAGE}{class}")), "{class}");
    }
    for (old, class) in OLD_CLASSES {
        assert_eq!(formatter(old), formatter(&format!("{PACKAGE}{class}")));
        assert!(CLASSES.iter().any(|(known, _)| *known == class));
    }
    for class in ["com.example.NoFormatter", "java.lang.String", "DefaultMessageFormatter", ""] {
        assert!(!Formatter::exists(class));
    }
}

#[test]
fn two_formatters_beside_the_default_one() {
    let print = |class: &str, record: &Fixed| {
        let mut out = Vec::new();
        let logged = Formatter::new(&format!("{PACKAGE}{class}"), &BTreeMap::new()).unwrap().print(record, &mut out).unwrap();
        (logged, String::from_utf8(out).unwrap())
    };
    let line = "CreateTime:1500000000000, key:k, value:v".to_owned();
    assert_eq!(print("LoggingMessageFormatter", &full()), (Some(line), "v\n".to_owned()));
    assert_eq!(print("LoggingMessageFormatter", &bare()), (Some("key:null value:null".to_owned()), "null\n".to_owned()));
    assert_eq!(print("NoOpMessageFormatter", &full()), (None, String::new()));
}

#[test]
fn a_record_that_is_no_offset_is_named_by_its_own() {
    let class = format!("{PACKAGE}OffsetsMessageFormatter");
    let failed = Formatter::new(&class, &BTreeMap::new()).unwrap().print(&full(), &mut Vec::new());
    assert_eq!(failed.unwrap_err(), "Could not read record at offset 42 due to: Could not read version from key's buffer.");
}
