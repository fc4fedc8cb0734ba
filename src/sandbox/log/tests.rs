//! Batches, their records, and the log, to the byte.

use bytes::{Bytes, BytesMut};

use super::batch::{Author, Batch, Misshapen, OwnRecord, of_own_records};
use super::memory::{Memory, Place};
use super::records::{Corrupt, Glance, glances};
use super::{Found, PartitionLog};

/// A batch of two records: `a`, and `k` with the value `b`, 1000 and 2500 ms after 1970, not compressed.
fn two_records() -> Bytes {
    let mut batch = BytesMut::from(&of_own_records(&[record(None, "a"), record(Some("k"), "b")], Author::Broker, 1000).bytes()[..]);
    // The second record's timestamp delta is a varint of two bytes, so build it by hand: 1500 in zigzag is 3000.
    let body = [&[14, 0, 0, 0, 1, 2, b'a', 0][..], &[18, 0, 0xb8, 0x17, 2, 2, b'k', 2, b'b', 0][..]].concat();
    batch.truncate(super::batch::HEADER);
    batch.extend_from_slice(&body);
    let length = i32::try_from(batch.len() - 12).unwrap();
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    batch[35..43].copy_from_slice(&2500_i64.to_be_bytes());
    sealed(batch)
}

fn sealed(mut batch: BytesMut) -> Bytes {
    let crc = crc32c::crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch.freeze()
}

fn record(key: Option<&'static str>, value: &'static str) -> OwnRecord {
    OwnRecord { key: key.map(Bytes::from), value: Some(Bytes::from(value)) }
}

fn one(bytes: Bytes) -> Batch {
    let [batch] = &Batch::split(bytes).unwrap()[..] else { panic!("not one batch") };
    batch.clone()
}

fn log_of(batches: &[(usize, i64)]) -> (PartitionLog, Memory) {
    let (mut log, mut memory) = (PartitionLog::default(), Memory::new(usize::MAX));
    for (count, now) in batches {
        let records = vec![record(None, "v"); *count];
        let batch = of_own_records(&records, Author::Broker, *now).placed(log.end_offset(), 0, None);
        let place = Place { topic: uuid::Uuid::nil(), partition: 0, base_offset: batch.base_offset() };
        let charge = memory.charge(batch.bytes().len(), place);
        log.push(batch, charge);
    }
    (log, memory)
}

#[test]
fn a_batch_is_read_to_the_record() {
    let batch = one(two_records());
    assert!(batch.is_intact());
    assert_eq!((batch.count(), batch.last_offset_delta(), batch.base_timestamp(), batch.max_timestamp()), (2, 1, 1000, 2500));
    let expected =
        [Glance { offset_delta: 0, timestamp: 1000, has_key: false }, Glance { offset_delta: 1, timestamp: 2500, has_key: true }];
    assert_eq!(glances(&batch).unwrap(), expected);
}

#[test]
fn what_is_no_batch_is_refused() {
    let whole = two_records();
    assert_eq!(Batch::split(whole.slice(..whole.len() - 1)), Err(Misshapen::Cut));
    assert_eq!(Batch::split(whole.slice(..60)), Err(Misshapen::Cut));
    let mut old = BytesMut::from(&whole[..]);
    old[16] = 1;
    assert_eq!(Batch::split(old.freeze()), Err(Misshapen::Old));
    for length in [-1_i32, 0, 48, i32::MAX] {
        let mut wrong = BytesMut::from(&whole[..]);
        wrong[8..12].copy_from_slice(&length.to_be_bytes());
        assert_eq!(Batch::split(wrong.freeze()), Err(Misshapen::Cut), "{length}");
    }
    assert_eq!(Batch::split(Bytes::new()), Ok(vec![]));
}

#[test]
fn any_flipped_bit_of_the_content_is_found() {
    let whole = two_records();
    for at in 21..whole.len() {
        let mut damaged = BytesMut::from(&whole[..]);
        damaged[at] ^= 4;
        assert!(!one(damaged.freeze()).is_intact(), "byte {at}");
    }
}

#[test]
fn records_that_are_not_what_the_header_says_are_corrupt() {
    let whole = two_records();
    let with = |change: &dyn Fn(&mut BytesMut)| {
        let mut batch = BytesMut::from(&whole[..]);
        change(&mut batch);
        glances(&one(sealed(batch)))
    };
    let corrupt = |reason: &str| Err(Corrupt(reason.to_owned()));
    assert_eq!(with(&|batch| batch[60] = 1), corrupt("10 bytes follow the last of 1 records"));
    assert_eq!(with(&|batch| batch[57] = 0x7f), corrupt("2130706434 records do not fit into 18 bytes"));
    assert_eq!(with(&|batch| batch[61] = 16), corrupt("record 0 of 2 cannot be read"));
    // A length of a header's name that is null, or negative, or as large as it can be.
    assert_eq!(with(&|batch| batch[78] = 4), corrupt("record 1 of 2 cannot be read"));
    assert_eq!(with(&|batch| batch[78] = 3), corrupt("record 1 of 2 cannot be read"));
}

#[test]
fn a_placed_batch_has_the_logs_offset_and_its_own_check_sum() {
    let batch = one(two_records());
    let placed = batch.placed(40, 0, None);
    assert_eq!((placed.base_offset(), placed.last_offset()), (40, 41));
    assert!(placed.is_intact());
    assert_eq!(placed.crc(), batch.crc());
    let stamped = batch.placed(0, 0, Some(9000));
    assert!(stamped.is_intact() && stamped.has_append_time());
    assert_eq!(glances(&stamped).unwrap().iter().map(|record| record.timestamp).collect::<Vec<_>>(), [9000, 9000]);
}

#[test]
fn the_largest_sequence_is_followed_by_zero() {
    let mut batch = BytesMut::from(&two_records()[..]);
    batch[53..57].copy_from_slice(&i32::MAX.to_be_bytes());
    assert_eq!(one(batch.freeze()).last_sequence(), 0);
}

#[test]
fn every_codec_is_read_as_clients_write_it() {
    let plain = &two_records()[super::batch::HEADER..];
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, plain).unwrap();
        encoder.finish().unwrap()
    };
    let snappy = snap::raw::Encoder::new().compress_vec(plain).unwrap();
    let java_snappy = {
        let mut stream = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
        for half in [&plain[..9], &plain[9..]] {
            let block = snap::raw::Encoder::new().compress_vec(half).unwrap();
            stream.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
            stream.extend_from_slice(&block);
        }
        stream
    };
    let lz4 = {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        std::io::Write::write_all(&mut encoder, plain).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest);
    for (codec, body) in [(1, gzip), (2, snappy), (2, java_snappy), (3, lz4), (4, zstd)] {
        let mut batch = BytesMut::from(&two_records()[..super::batch::HEADER]);
        batch.extend_from_slice(&body);
        batch[22] = codec;
        let length = i32::try_from(batch.len() - 12).unwrap();
        batch[8..12].copy_from_slice(&length.to_be_bytes());
        let batch = sealed(batch);
        assert_eq!(glances(&one(batch.clone())), glances(&one(two_records())), "codec {codec}");
        let mut damaged = BytesMut::from(&batch[..]);
        damaged.truncate(damaged.len() - 5);
        let length = i32::try_from(damaged.len() - 12).unwrap();
        damaged[8..12].copy_from_slice(&length.to_be_bytes());
        assert!(glances(&one(sealed(damaged))).is_err(), "codec {codec}, cut");
    }
}

#[test]
fn reading_gives_whole_batches_within_the_limit() {
    let (log, _) = log_of(&[(3, 10), (2, 20), (1, 30)]);
    let bases = |bytes: &Bytes| Batch::split(bytes.clone()).unwrap().iter().map(Batch::base_offset).collect::<Vec<_>>();
    assert_eq!(bases(&log.read(0, 6, usize::MAX, false)), [0, 3, 5]);
    // The batch that the offset is in comes whole, and one that is not committed does not come.
    assert_eq!(bases(&log.read(4, 5, usize::MAX, false)), [3]);
    assert_eq!(bases(&log.read(0, 6, 1, false)), [0_i64; 0]);
    assert_eq!(bases(&log.read(0, 6, 1, true)), [0]);
    assert_eq!(bases(&log.read(6, 6, usize::MAX, true)), [0_i64; 0]);
}

#[test]
fn offsets_by_time_are_exact_to_the_record() {
    let (mut log, mut memory) = log_of(&[(2, 500)]);
    let batch = one(two_records()).placed(2, 0, None);
    let charge = memory.charge(0, Place { topic: uuid::Uuid::nil(), partition: 0, base_offset: 2 });
    log.push(batch, charge);
    assert_eq!(log.find_by_timestamp(0), Some(Found { offset: 0, timestamp: 500 }));
    assert_eq!(log.find_by_timestamp(501), Some(Found { offset: 2, timestamp: 1000 }));
    assert_eq!(log.find_by_timestamp(1001), Some(Found { offset: 3, timestamp: 2500 }));
    assert_eq!(log.find_by_timestamp(2501), None);
    assert_eq!(log.find_newest(), Some(Found { offset: 3, timestamp: 2500 }));
    log.delete_before(3);
    assert_eq!(log.find_by_timestamp(0), Some(Found { offset: 3, timestamp: 2500 }));
}

#[test]
fn deleting_moves_the_start_within_a_batch_and_frees_whole_ones() {
    let (mut log, memory) = log_of(&[(3, 10), (2, 20)]);
    log.delete_before(4);
    assert_eq!((log.start_offset(), log.end_offset()), (4, 5));
    assert!(!log.has_batch_at(0) && log.has_batch_at(3));
    log.delete_before(99);
    assert_eq!((log.start_offset(), log.end_offset()), (5, 5));
    log.delete_before(0);
    assert_eq!(log.start_offset(), 5);
    drop(memory);
}

#[test]
fn the_oldest_batch_goes_first_and_the_last_one_stays() {
    let mut memory = Memory::new(1);
    let place = |base_offset| Place { topic: uuid::Uuid::nil(), partition: 0, base_offset };
    let first = memory.charge(100, place(0));
    assert_eq!(memory.next_to_go(), None);
    let second = memory.charge(100, place(1));
    assert_eq!(memory.next_to_go(), Some(place(0)));
    drop(first);
    assert_eq!(memory.next_to_go(), None);
    drop(second);
}
