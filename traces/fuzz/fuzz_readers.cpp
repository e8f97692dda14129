// Feeds arbitrary bytes to the reader of the format that the environment variable BLKPATH_FUZZ_FORMAT names;
// empty: the format is recognised. What could be read is written again in the same format. Wrong input may
// only end in the exceptions that the readers and writers document; anything else is a finding.
//   BLKPATH_FUZZ_FORMAT=spc build/fuzz/traces/fuzz/blkpath_fuzz_readers FILE   runs one input
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/error.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

/// The first bytes of another input. A few kilobytes of xz or bzip2 can hold gigabytes.
class LimitedInput final : public ByteInput {
 public:
  LimitedInput(std::unique_ptr<ByteInput> in, std::size_t limit)
      : ByteInput(in->name()), in_(std::move(in)), left_(limit) {}

 protected:
  std::size_t fill(std::span<char> out) override {
    const std::size_t n = in_->read(out.first(std::min(out.size(), left_)));
    left_ -= n;
    return n;
  }

 private:
  std::unique_ptr<ByteInput> in_;
  std::size_t left_;
};

std::string& format_name() {
  static std::string name;
  return name;
}

std::vector<IoRecord> records_of(TraceReader& reader) {
  std::vector<IoRecord> all, some(64);
  for (;;) {
    const std::size_t n = reader.read(some);
    all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(n));
    if (n < some.size()) return all;
  }
}

void read_and_write(std::string_view bytes, const ReadOptions& options) {
  constexpr std::size_t kMost = 1 << 20;
  try {
    auto in = std::make_unique<LimitedInput>(ByteInput::from(bytes, "input"), kMost);
    const auto reader = read_trace(std::move(in), format_name(), options);
    const std::vector<IoRecord> records = records_of(*reader);
    const TraceFormat& as = find_trace_format(reader->meta().format, "");
    if (as.write == nullptr) return;
    std::string text;
    const auto writer = as.write(ByteOutput::into(text), WriteOptions{.meta = reader->meta()});
    writer->write(records);
    writer->close();
  } catch (const std::runtime_error&) {  // ConfigError and std::system_error among them
  }
}

}  // namespace
}  // namespace blkpath

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* const name = std::getenv("BLKPATH_FUZZ_FORMAT");
  blkpath::format_name() = name != nullptr ? name : "";
  if (!blkpath::format_name().empty())
    blkpath::find_trace_format(blkpath::format_name(), "BLKPATH_FUZZ_FORMAT");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  blkpath::read_and_write(bytes, {});
  blkpath::read_and_write(bytes, {.skip_bad = 1'000});
  return 0;
}
