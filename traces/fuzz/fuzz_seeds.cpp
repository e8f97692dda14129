// Writes inputs to begin fuzzing with, one folder for each trace format, and prints the formats' names:
//   blkpath_fuzz_seeds FOLDER
// Each holds the format's example line, what its writer makes of a few made-up I/Os, and the same compressed.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <vector>

#include "model/core/error.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

/// Every op, result and flag, with all times and with none.
std::vector<IoRecord> made_up() {
  std::vector<IoRecord> records;
  for (int i = 0; i < 8; ++i) {
    IoRecord r;
    r.issued = 1ms * i;
    r.op = i % 2 == 0 ? Op::read : Op::write;
    r.offset = 4'096 * i;
    r.length = 4'096;
    if (i < 6) {
      r.submitted = r.issued + 10us;
      r.completed = r.issued + 500us;
      r.result = i == 5 ? -5 : 4'096;
    }
    if (i == 3) r.flags = IoRecord::kFua | IoRecord::kMeta;
    records.push_back(r);
  }
  return records;
}

/// What the format can say of them: each refused record is left out.
std::vector<IoRecord> sayable(const TraceFormat& format) {
  std::vector<IoRecord> good;
  for (const IoRecord& record : made_up()) {
    try {
      std::string text;
      const auto writer = format.write(ByteOutput::into(text), {});
      writer->write({&record, 1});
      writer->close();
      good.push_back(record);
    } catch (const ConfigError&) {
    }
  }
  return good;
}

void write_seeds(const TraceFormat& format, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  if (!format.example.empty()) {
    const auto out = ByteOutput::open(folder / "example");
    out->write(format.example + "\n");
    out->close();
  }
  if (format.write == nullptr) return;
  const std::vector<IoRecord> records = sayable(format);
  for (const char* ending : {"", ".gz", ".xz", ".zst", ".bz2"}) {
    const auto writer = format.write(ByteOutput::open(folder / (std::string("written") + ending)), {});
    writer->write(records);
    writer->close();
  }
}

}  // namespace
}  // namespace blkpath

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: blkpath_fuzz_seeds FOLDER\n");
    return 2;
  }
  for (const auto& [name, format] : blkpath::trace_formats()) {
    blkpath::write_seeds(format, std::filesystem::path(argv[1]) / name);
    fmt::print("{}\n", name);
  }
}
