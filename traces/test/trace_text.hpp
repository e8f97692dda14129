/// For tests: traces from and to text in memory.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "traces/format.hpp"
#include "traces/test/error_of.hpp"

namespace blkpath {

inline std::vector<IoRecord> read_all(TraceReader& reader) {
  std::vector<IoRecord> all;
  std::vector<IoRecord> some(257);  // no power of two: records must not depend on how many are asked for
  for (;;) {
    const std::size_t n = reader.read(some);
    all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(n));
    if (n < some.size()) return all;
  }
}

/// @param format  empty: recognised
inline std::vector<IoRecord> read_text(std::string_view text, std::string_view format = "",
                                       const ReadOptions& options = {}) {
  return read_all(*read_trace(ByteInput::from(text, "input"), format, options));
}

/// For formats whose stamps are dates: the Unix time of the trace's zero.
inline WriteOptions starting_at(std::int64_t epoch_ns) {
  WriteOptions options;
  options.meta.epoch_ns = epoch_ns;
  return options;
}

inline std::string write_text(const std::vector<IoRecord>& records, std::string_view format,
                              const WriteOptions& options = {}) {
  std::string out;
  const auto writer = find_trace_format(format, "").write(ByteOutput::into(out), options);
  writer->write(records);
  writer->close();
  return out;
}

/// The name of the format that `text` is recognised as.
inline std::string format_of(std::string_view text, const std::string& file_name = "input") {
  return read_trace(ByteInput::from(text, file_name))->meta().format;
}

/// Why `format` refuses to write the records; "" when it does not.
inline std::string refusal_of(const std::vector<IoRecord>& records, std::string_view format) {
  return error_of([&] { write_text(records, format); });
}

inline std::string error_of_text(std::string_view text, std::string_view format = "",
                                 const ReadOptions& options = {}) {
  return error_of([&] { read_text(text, format, options); });
}

}  // namespace blkpath
