//! `kafkabox sandbox` in a build without the cargo feature `sandbox`.

use crate::support::kafkabox::words;

#[test]
fn what_is_missing_is_said_in_one_line() {
    let expected = "kafkabox sandbox: this kafkabox was built without its in-memory broker; \
                    cargo install --path . --features sandbox builds one with it\n";
    for line in ["sandbox", "sandbox --demo", "sandbox --topic a:3 run -- true"] {
        let output = words(line);
        assert_eq!(output.failed(), expected);
        assert_eq!(output.out(), "");
    }
    assert!(words("sandbox --nosuch").failed().starts_with("kafkabox sandbox: nosuch is not a recognized option; "));
    assert!(words("sandbox --help").succeeded().contains("in-memory Kafka broker"));
}
