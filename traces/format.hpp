/// Trace formats: what each can read and write, and how a file's is found out. Each format registers itself
/// in its own .cpp.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/byte_stream.hpp"
#include "traces/record.hpp"
#include "traces/record_fields.hpp"

namespace blkpath {

/// What a trace says of itself as a whole.
struct TraceMeta {
  std::string format;                ///< name of the format it was read as
  std::int64_t epoch_ns = 0;         ///< Unix time of its zero; 0 when it does not say
  std::string machine;               ///< JSON: where and how it was recorded; empty when it does not say
  std::vector<std::string> notes;    ///< what the reader left out, or the recorder wants known
  std::vector<std::string> samples;  ///< JSON: what the machine did meanwhile, one look after another
};

/// Records one after another, in the file's order, in constant memory.
class TraceReader {
 public:
  virtual ~TraceReader() = default;
  /// Fills `out` from its beginning. @return how many; fewer than asked only at the end
  /// @throws ConfigError naming file, line and what was expected, when a record is malformed and no more may
  /// be
  ///         skipped
  virtual std::size_t read(std::span<IoRecord> out) = 0;
  /// Complete once read() has come to the end.
  virtual const TraceMeta& meta() const = 0;
  virtual std::int64_t skipped() const { return 0; }  ///< malformed records passed over
};

class TraceWriter {
 public:
  virtual ~TraceWriter() = default;
  /// @throws ConfigError when a record cannot be said in this format, std::system_error when it cannot be
  /// written
  virtual void write(std::span<const IoRecord> records) = 0;
  /// What was written is in the file, for a reader or after a crash of this program.
  virtual void flush() {}
  /// Adds what became known meanwhile: notes, and facts about the machine. A format that has no place for it
  /// drops it.
  virtual void append(const TraceMeta&) {}
  /// Records that were not written because the format has no word for them.
  virtual OpCounts left_out() const { return {}; }
  virtual void close() = 0;  ///< writes what is left; nothing may be written after it
};

struct ReadOptions {
  std::int64_t skip_bad = 0;  ///< this many malformed records may be passed over
  StopReading stop{};         ///< of open_trace; reading then ends with ReadStopped
};

struct WriteOptions {
  TraceMeta meta;
};

struct TraceFormat {
  std::string name;      ///< as on the command line: "fio-iolog"
  std::string sentence;  ///< what it is, for lists
  std::string example;   ///< a good line, for messages; "" for a binary format
  RecordFields holds;    ///< besides issue, op, offset and length
  /// How sure it is, from 0 (no) to 100, that a file that begins with `head` (up to 4 KiB, decompressed) is
  /// one of its own. `file_name` is without .gz and the like.
  int (*recognise)(std::string_view head, std::string_view file_name);
  std::unique_ptr<TraceReader> (*read)(std::unique_ptr<ByteInput> in, const ReadOptions& options);
  /// Null: cannot be written.
  std::unique_ptr<TraceWriter> (*write)(std::unique_ptr<ByteOutput> out, const WriteOptions& options);
};

template <class Reader>
std::unique_ptr<TraceReader> make_reader(std::unique_ptr<ByteInput> in, const ReadOptions& options) {
  return std::make_unique<Reader>(std::move(in), options);
}
template <class Writer>
std::unique_ptr<TraceWriter> make_writer(std::unique_ptr<ByteOutput> out, const WriteOptions& options) {
  return std::make_unique<Writer>(std::move(out), options);
}

/// All formats by name.
const std::map<std::string, TraceFormat, std::less<>>& trace_formats();
/// @throws ConfigError naming the nearest known format
const TraceFormat& find_trace_format(std::string_view name, std::string_view key);

/// `const RegisteredFormat registered{{"spc", "...", ...}};`
struct RegisteredFormat {
  explicit RegisteredFormat(TraceFormat format);
};

/// Opens a trace.
/// @param path    a file, or "-" for standard input
/// @param format  empty: found out from the file's beginning
/// @throws ConfigError when it cannot be opened, or when no format fits; then it lists what there is
std::unique_ptr<TraceReader> open_trace(const std::string& path, std::string_view format = "",
                                        const ReadOptions& options = {});
/// The same for what is open already.
std::unique_ptr<TraceReader> read_trace(std::unique_ptr<ByteInput> in, std::string_view format = "",
                                        const ReadOptions& options = {});
/// @param format  empty: from the file's name, e.g. x.csv.gz; blkpath's own format when that tells nothing
/// @throws ConfigError when there is no such format, or it cannot be written
const TraceFormat& format_to_write(const std::string& path, std::string_view format);
/// Begins a file in format_to_write(). @throws ConfigError also when the file cannot be created
std::unique_ptr<TraceWriter> create_trace(const std::string& path, std::string_view format = "",
                                          const WriteOptions& options = {});

}  // namespace blkpath
