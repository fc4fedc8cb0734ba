//! What a request looks like on the wire, checked before it is decoded.
//!
//! The codec makes room for as many elements as an array says that it has: four bytes of rubbish ask for 2^31 of them, and
//! a process that does not get its memory ends. So every count and every length is first held against the bytes that are
//! there, and all elements of a request together against [`MAX_ELEMENTS`]. What passes may still be refused by the codec
//! (text that is not UTF-8, a null where there can be none), but cannot make it take more memory than a small multiple of
//! that.

mod requests;
#[cfg(test)]
mod tests;

use self::requests::SHAPES;

/// The most elements that all arrays and tagged fields of one request may have together. An element takes up to about half
/// a kilobyte once it is decoded.
pub const MAX_ELEMENTS: usize = 100_000;

/// `socket.request.max.bytes` of a broker: the longest request that is read, in bytes.
pub const MAX_FRAME: usize = 100 << 20;

/// The longest request that carries no records, in bytes.
const MAX_PLAIN_FRAME: usize = 8 << 20;

/// The request that carries records.
const PRODUCE: i16 = 0;

/// The fields of a request's header: the first flexible version of it is 2. Clients of any version must be able to ask for
/// the versions, so `client_id` has the old form in both.
static HEADER: Shape = Shape {
    key: -1,
    #[cfg(test)]
    versions: (1, 2),
    flexible: 2,
    fields: &[
        Field { name: "request_api_key", versions: (1, 2), tag: None, kind: Kind::Fixed(2) },
        Field { name: "request_api_version", versions: (1, 2), tag: None, kind: Kind::Fixed(2) },
        Field { name: "correlation_id", versions: (1, 2), tag: None, kind: Kind::Fixed(4) },
        Field { name: "client_id", versions: (1, 2), tag: None, kind: Kind::OldText },
    ],
    #[cfg(test)]
    echo: tests::echo_header,
};

/// The fields of one request.
struct Shape {
    key: i16,
    #[cfg(test)]
    versions: (i16, i16),
    /// The first version with compact lengths and tagged fields (KIP-482).
    flexible: i16,
    fields: &'static [Field],
    /// Decodes and encodes again.
    #[cfg(test)]
    echo: tests::Echo,
}

struct Field {
    name: &'static str,
    /// The oldest and the newest version that have it.
    versions: (i16, i16),
    /// Its number, if it stands among the tagged fields.
    tag: Option<u32>,
    kind: Kind,
}

impl Field {
    fn is_in(&self, version: i16) -> bool {
        (self.versions.0..=self.versions.1).contains(&version)
    }
}

enum Kind {
    /// So many bytes.
    Fixed(usize),
    /// A string, or null: its length in two bytes, or compact.
    Text,
    /// A string, or null, with its length in two bytes in every version.
    OldText,
    /// Bytes, or null: their length in four bytes, or compact.
    Bytes,
    /// Elements, or null: their count in four bytes, or compact.
    Array(&'static Kind),
    Struct(&'static [Field]),
    /// A byte that is 1 where a struct follows.
    Maybe(&'static [Field]),
}

/// The longest request of a kind that is read, in bytes.
pub fn longest(key: i16) -> usize {
    if key == PRODUCE { MAX_FRAME } else { MAX_PLAIN_FRAME }
}

/// Checks a request's header, which a frame begins with. Gives its length in bytes.
///
/// # Errors
/// What is wrong, in words for a person.
pub fn header(frame: &[u8], version: i16) -> Result<usize, String> {
    HEADER.check(frame, version)
}

/// Checks the body of a request. Gives its length in bytes; as in Kafka, others may follow.
///
/// # Errors
/// What is wrong, in words for a person.
pub fn body(key: i16, version: i16, bytes: &[u8]) -> Result<usize, String> {
    let shape = SHAPES.iter().find(|shape| shape.key == key).ok_or("its fields are not known")?;
    shape.check(bytes, version)
}

/// Whether the fields of a request are known.
#[cfg(test)]
pub fn is_known(key: i16, version: i16) -> bool {
    SHAPES.iter().any(|shape| shape.key == key && (shape.versions.0..=shape.versions.1).contains(&version))
}

impl Shape {
    fn check(&self, bytes: &[u8], version: i16) -> Result<usize, String> {
        let mut walk = Walk { rest: bytes, version, flexible: version >= self.flexible, elements: 0 };
        walk.fields(self.fields)?;
        Ok(bytes.len() - walk.rest.len())
    }
}

/// A way through the bytes of a request.
struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    elements: usize,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, fields: &[Field]) -> Result<(), String> {
        let version = self.version;
        for field in fields.iter().filter(|field| field.tag.is_none() && field.is_in(version)) {
            self.field(field)?;
        }
        if self.flexible { self.tagged(fields) } else { Ok(()) }
    }

    fn field(&mut self, field: &Field) -> Result<(), String> {
        self.value(&field.kind).map_err(|reason| format!("{}: {reason}", field.name))
    }

    fn value(&mut self, kind: &Kind) -> Result<(), String> {
        match kind {
            Kind::Fixed(length) => self.skip(*length),
            Kind::OldText => self.old_count(2).and_then(|length| self.skip(length.unwrap_or(0))),
            Kind::Text => self.count(2).and_then(|length| self.skip(length.unwrap_or(0))),
            Kind::Bytes => self.count(4).and_then(|length| self.skip(length.unwrap_or(0))),
            Kind::Array(element) => self.array(element),
            Kind::Struct(fields) => self.fields(fields),
            Kind::Maybe(fields) => match self.byte()? {
                1 => self.fields(fields),
                _ => Ok(()),
            },
        }
    }

    fn array(&mut self, element: &Kind) -> Result<(), String> {
        let count = self.count(4)?.unwrap_or(0);
        if count > self.rest.len() {
            return Err(format!("{count} elements are announced in the last {} bytes", self.rest.len()));
        }
        self.add_elements(count)?;
        (0..count).try_for_each(|_| self.value(element))
    }

    fn tagged(&mut self, fields: &[Field]) -> Result<(), String> {
        for _ in 0..self.varint()? {
            self.add_elements(1)?;
            let (tag, length) = (self.varint()?, self.varint()?);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let Some(field) = fields.iter().find(|field| field.tag == Some(tag)) else {
                self.skip(length)?;
                continue;
            };
            if !field.is_in(self.version) {
                return Err(format!("{}: this version has no such field", field.name));
            }
            let before = self.rest.len();
            self.field(field)?;
            // The codec does not look at the length of a field that it knows.
            if before - self.rest.len() != length {
                return Err(format!("{}: its length is {} and not {length} bytes", field.name, before - self.rest.len()));
            }
        }
        Ok(())
    }

    fn add_elements(&mut self, count: usize) -> Result<(), String> {
        self.elements = self.elements.saturating_add(count);
        if self.elements > MAX_ELEMENTS {
            return Err(format!("the request has more than {MAX_ELEMENTS} elements"));
        }
        Ok(())
    }

    /// A length or a count: in `width` bytes, or compact, which is one more than the number; none for null.
    fn count(&mut self, width: usize) -> Result<Option<usize>, String> {
        if self.flexible {
            let count = self.varint()?.checked_sub(1);
            return Ok(count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)));
        }
        self.old_count(width)
    }

    fn old_count(&mut self, width: usize) -> Result<Option<usize>, String> {
        let bytes = self.take(width)?;
        let count = match *bytes {
            [high, low] => i32::from(i16::from_be_bytes([high, low])),
            [a, b, c, d] => i32::from_be_bytes([a, b, c, d]),
            _ => return Err("a length has two or four bytes".to_owned()),
        };
        match usize::try_from(count) {
            Ok(count) => Ok(Some(count)),
            Err(_) if count == -1 => Ok(None),
            Err(_) => Err(format!("its length is negative ({count})")),
        }
    }

    /// As the codec reads it: up to five bytes, what goes beyond 32 bits is lost.
    fn varint(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for place in 0..5 {
            let byte = u32::from(self.byte()?);
            value |= (byte & 0x7f) << (place * 7);
            if byte < 0x80 {
                break;
            }
        }
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.take(1).map(|bytes| bytes.first().copied().unwrap_or_default())
    }

    fn skip(&mut self, length: usize) -> Result<(), String> {
        self.take(length).map(drop)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(format!("{length} bytes are announced, and {} are left", self.rest.len()));
        };
        self.rest = rest;
        Ok(taken)
    }
}
