#![no_main]

const FILES: [&str; 3] = ["catalog/services/checkout.toml", "catalog/slos/http.toml", "catalog/releases/checkout.toml"];

// The first byte chooses the file.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((first, rest)) = data.split_first() {
        warroom_fuzz::load(FILES[usize::from(*first) % FILES.len()], rest);
    }
});
