//! Rebuilds when embedded PHP or scenarios change: the macro that embeds them cannot say so itself.

fn main() {
    println!("cargo:rerun-if-changed=src/matomo/assets");
    println!("cargo:rerun-if-changed=scenarios");
}
