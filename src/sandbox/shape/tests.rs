//! The shapes beside the codec.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader};
use kafka_protocol::protocol::{Decodable, Encodable, Request};

use super::requests::SHAPES;
use super::{Field, HEADER, Kind, MAX_ELEMENTS, Shape, body, header};

/// What the codec makes of bytes: how many it leaves, and what it writes for what it has read.
pub type Echo = fn(&[u8], i16) -> Result<(usize, Vec<u8>), String>;

pub fn echo<R: Request>(bytes: &[u8], version: i16) -> Result<(usize, Vec<u8>), String> {
    let mut bytes = Bytes::copy_from_slice(bytes);
    let request = R::decode(&mut bytes, version).map_err(|error| error.to_string())?;
    let mut again = BytesMut::new();
    request.encode(&mut again, version).map_err(|error| error.to_string())?;
    Ok((bytes.len(), again.to_vec()))
}

pub fn echo_header(bytes: &[u8], version: i16) -> Result<(usize, Vec<u8>), String> {
    let mut bytes = Bytes::copy_from_slice(bytes);
    let header = RequestHeader::decode(&mut bytes, version).map_err(|error| error.to_string())?;
    let mut again = BytesMut::new();
    header.encode(&mut again, version).map_err(|error| error.to_string())?;
    Ok((bytes.len(), again.to_vec()))
}

/// Numbers that look like chance and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() >> 33).unwrap() % limit
    }

    fn byte(&mut self) -> u8 {
        self.roll().to_be_bytes()[3]
    }
}

/// A request in which every field that the version has is set, and more tagged fields than anybody knows follow.
struct Full<'a> {
    version: i16,
    flexible: bool,
    dice: &'a mut Dice,
    out: Vec<u8>,
}

impl Full<'_> {
    fn of(shape: &Shape, version: i16, dice: &mut Dice) -> Vec<u8> {
        let mut full = Full { version, flexible: version >= shape.flexible, dice, out: Vec::new() };
        full.fields(shape.fields);
        full.out
    }

    fn fields(&mut self, fields: &[Field]) {
        let (tagged, plain): (Vec<&Field>, Vec<&Field>) =
            fields.iter().filter(|field| field.is_in(self.version)).partition(|field| field.tag.is_some());
        for field in plain {
            self.value(&field.kind);
        }
        if !self.flexible {
            assert!(tagged.is_empty());
            return;
        }
        // A field that the codec knows, and the table does not, would be read as what it is, and not as these bytes.
        let first_unknown = fields.iter().filter_map(|field| field.tag).max().map_or(0, |last| last + 1);
        let unknown = first_unknown..first_unknown + 3;
        self.varint(u32::try_from(tagged.len() + unknown.len()).unwrap());
        for field in tagged {
            let before = std::mem::take(&mut self.out);
            self.value(&field.kind);
            let value = std::mem::replace(&mut self.out, before);
            self.tag(field.tag.unwrap(), &value);
        }
        for tag in unknown {
            self.tag(tag, &[0xff, 0xff, 0xff]);
        }
    }

    fn tag(&mut self, tag: u32, value: &[u8]) {
        self.varint(tag);
        self.varint(u32::try_from(value.len()).unwrap());
        self.out.extend(value);
    }

    fn value(&mut self, kind: &Kind) {
        match kind {
            // A boolean is a byte that is 1; every other number may have that value, too.
            Kind::Fixed(1) => self.out.push(1),
            Kind::Fixed(length) => self.out.extend((0..*length).map(|_| self.dice.byte() >> 1)),
            Kind::Text => self.counted(2, "text"),
            Kind::OldText => self.out.extend(b"\0\x04text"),
            Kind::Bytes => self.counted(4, "some bytes"),
            Kind::Array(element) => {
                let count = 1 + self.dice.below(3);
                self.count(4, count);
                (0..count).for_each(|_| self.value(element));
            }
            Kind::Struct(fields) => self.fields(fields),
            Kind::Maybe(fields) => {
                self.out.push(1);
                self.fields(fields);
            }
        }
    }

    fn counted(&mut self, width: usize, text: &str) {
        let text = &text[..=self.dice.below(text.len())];
        self.count(width, text.len());
        self.out.extend(text.as_bytes());
    }

    fn count(&mut self, width: usize, count: usize) {
        let count = u32::try_from(count).unwrap();
        if self.flexible {
            self.varint(count + 1);
        } else {
            self.out.extend(&count.to_be_bytes()[4 - width..]);
        }
    }

    fn varint(&mut self, value: u32) {
        assert!(value < 0x80);
        self.out.push(u8::try_from(value).unwrap());
    }
}

fn all() -> impl Iterator<Item = (&'static Shape, i16)> {
    SHAPES.iter().chain([&HEADER]).flat_map(|shape| (shape.versions.0..=shape.versions.1).map(move |version| (shape, version)))
}

fn named(shape: &Shape, version: i16) -> String {
    format!("version {version} of {:?}", ApiKey::try_from(shape.key))
}

#[test]
fn the_codec_reads_all_fields_where_the_shapes_say() {
    let mut dice = Dice(4);
    for (shape, version) in all() {
        for _ in 0..20 {
            let bytes = Full::of(shape, version, &mut dice);
            assert_eq!(shape.check(&bytes, version), Ok(bytes.len()), "{}", named(shape, version));
            let (left, again) = (shape.echo)(&bytes, version).unwrap_or_else(|error| panic!("{}: {error}", named(shape, version)));
            assert_eq!((left, again), (0, bytes), "{}", named(shape, version));
        }
    }
}

#[test]
fn the_header_is_flexible_where_the_body_is() {
    for shape in SHAPES {
        for version in shape.versions.0..=shape.versions.1 {
            let header = ApiKey::try_from(shape.key).unwrap().request_header_version(version);
            assert_eq!(header, if version >= shape.flexible { 2 } else { 1 }, "{}", named(shape, version));
        }
    }
}

/// Spoils a request in one to three places.
fn spoil(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let place = dice.below(bytes.len().max(1)).min(bytes.len());
        let end = bytes.len().min(place + 4);
        match dice.below(6) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, dice.byte()),
            2 => drop(bytes.drain(place..end)),
            // Lengths that ask for much.
            3 => drop(bytes.splice(place..end, [0x7f, 0xff, 0xff, 0xff])),
            4 => drop(bytes.splice(place..end, [0xff, 0xff, 0xff, 0xff, 0x07])),
            _ if place < bytes.len() => bytes[place] = dice.byte(),
            _ => bytes.push(dice.byte()),
        }
    }
}

/// The most memory that this process has ever asked the system for, in kilobytes, used or not; 0 where there is no /proc.
fn peak() -> usize {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn what_a_shape_accepts_is_decoded_within_little_memory() {
    let mut dice = Dice(7);
    let (mut accepted, mut decoded, mut refused) = (0, 0, 0);
    let before = peak();
    for (shape, version) in all() {
        for _ in 0..400 {
            let mut bytes = Full::of(shape, version, &mut dice);
            spoil(&mut bytes, &mut dice);
            let Ok(length) = shape.check(&bytes, version) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            // The codec may have its own reasons to refuse it; where it does not, both have read the same.
            if let Ok((left, _)) = (shape.echo)(&bytes, version) {
                decoded += 1;
                assert_eq!(bytes.len() - left, length, "{}: {bytes:?}", named(shape, version));
            }
        }
    }
    assert!(decoded > 10_000 && accepted > decoded && refused > 10_000, "{accepted} accepted, {decoded} decoded, {refused} refused");
    // Other tests run beside this one. One array that is believed takes a hundred times as much.
    let grown = peak() - before;
    assert!(grown < 1 << 20, "{grown} kB more than before");
}

#[test]
fn lengths_are_held_against_what_is_there() {
    let metadata = |version, bytes: &[u8]| body(3, version, bytes);
    let announced = |count: u32, left| Err(format!("topics: {count} elements are announced in the last {left} bytes"));
    assert_eq!(metadata(1, &[0x7f, 0xff, 0xff, 0xff, 0]), announced(2_147_483_647, 1));
    assert_eq!(metadata(9, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]), announced(4_294_967_294, 1));
    assert_eq!(metadata(1, &[0xff, 0xff, 0xff, 0xfe]), Err("topics: its length is negative (-2)".into()));
    assert_eq!(metadata(1, &[0, 0, 0, 1, 0, 9, b'x']), Err("topics: name: 9 bytes are announced, and 1 are left".into()));
    assert_eq!(metadata(1, &[0xff; 4]), Ok(4));
    assert_eq!(metadata(1, &[0xff; 5]), Ok(4), "what follows a request is not looked at");
    assert_eq!(body(4, 1, &[]), Err("its fields are not known".into()));
}

#[test]
fn the_elements_of_a_request_are_limited_in_all() {
    let groups = |count: usize| {
        let mut bytes = u32::try_from(count).unwrap().to_be_bytes().to_vec();
        bytes.extend(std::iter::repeat_n([0, 0], count).flatten());
        body(15, 0, &bytes)
    };
    assert_eq!(groups(MAX_ELEMENTS), Ok(4 + 2 * MAX_ELEMENTS));
    assert_eq!(groups(MAX_ELEMENTS + 1), Err(format!("groups: the request has more than {MAX_ELEMENTS} elements")));

    // 2^21 - 1 tagged fields without a value.
    let mut frame = vec![0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x7f];
    frame.extend(std::iter::repeat_n([9, 0], 1 << 21).flatten());
    assert_eq!(header(&frame, 2), Err(format!("the request has more than {MAX_ELEMENTS} elements")));
}

#[test]
fn a_tagged_field_has_the_length_that_it_says() {
    // ReplicaState of a fetch, which has 4 + 8 bytes and a count of its own tagged fields.
    let fetch = |version, length: u8| {
        let mut bytes = vec![0; 4 + 4 + 4 + 1 + 4 + 4];
        bytes.extend([1, 1, 1, 1, 1, length]);
        bytes.extend([0; 13]);
        if version < 15 {
            bytes.splice(0..0, [0; 4]);
        }
        body(1, version, &bytes)
    };
    assert_eq!(fetch(15, 13), Ok(21 + 6 + 13));
    assert_eq!(fetch(15, 12), Err("replica_state: its length is 13 and not 12 bytes".into()));
    assert_eq!(fetch(14, 13), Err("replica_state: this version has no such field".into()));
}
