#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unjwt_fuzz::attribute::run(data));
