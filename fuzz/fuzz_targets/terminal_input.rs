#![no_main]

use std::time::{Duration, Instant};

use warroom::shell::input::parser::Parser;

// Cut anywhere, input must neither panic nor keep the parser from hearing the next key.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut parser = Parser::new(Duration::from_millis(40));
    let mut typed = Vec::new();
    let now = Instant::now();
    for piece in data.chunks(7) {
        parser.feed(piece, now, &mut typed);
    }
    parser.expire(now + Duration::from_secs(60), &mut typed);
    typed.clear();
    parser.feed(b"j", now + Duration::from_secs(61), &mut typed);
    parser.expire(now + Duration::from_secs(120), &mut typed);
    assert!(!typed.is_empty(), "a key after the end of everything is not heard");
});
