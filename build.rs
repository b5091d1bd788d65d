//! Rebuilds when the embedded PHP changes: the macro that embeds it cannot say so itself.

fn main() {
    println!("cargo:rerun-if-changed=src/matomo/assets");
}
