#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warroom_fuzz::load("catalog/slos/checkout.yaml", data));
