#include "cli/trace_args.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "cli/human.hpp"

namespace blkpath::cli {
namespace {

constexpr std::array kOpNames{"read", "write", "flush", "trim"};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = text.find(',', begin);
    words.push_back(text.substr(begin, comma - begin));
    if (comma == std::string::npos) return words;
    begin = comma + 1;
  }
}

/// parse_time or parse_bytes, with the option's name in the message.
template <class Parse>
auto quantity(Parse parse, const std::string& text, const char* option) {
  try {
    return parse(text);
  } catch (const std::invalid_argument& e) {
    throw ConfigError({}, option, e.what());
  }
}

template <class Int>
std::vector<Int> numbers(const std::string& text, const char* option) {
  std::vector<Int> all;
  if (text.empty()) return all;
  for (const std::string& word : split(text))
    all.push_back(static_cast<Int>(whole_number(word, option, "0,3", std::numeric_limits<Int>::max())));
  return all;
}

std::vector<Op> ops(const std::string& text) {
  std::vector<Op> all;
  if (text.empty()) return all;
  for (const std::string& word : split(text)) {
    const auto found = std::find(kOpNames.begin(), kOpNames.end(), word);
    if (found == kOpNames.end())
      throw ConfigError(
          {}, "--op",
          fmt::format("'{}' is none of {}, for example '--op read,write'", word, fmt::join(kOpNames, ", ")));
    all.push_back(static_cast<Op>(found - kOpNames.begin()));
  }
  return all;
}

std::uint32_t length(const std::string& text, const char* option) {
  const Bytes b = quantity(parse_bytes, text, option);
  if (b.n < 0 || b.n > std::numeric_limits<std::uint32_t>::max())
    throw ConfigError({}, option,
                      fmt::format("'{}' is more than one I/O moves, give for example '64KiB'", text));
  return static_cast<std::uint32_t>(b.n);
}

/// How many records were read, on a terminal, at most five times a second.
class RecordProgress {
 public:
  void show(std::int64_t records) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    shown_ = true;
    const double wall = std::chrono::duration<double>(now - begin_).count();
    fmt::print(stderr, "\r{} I/Os read, {} per second   ", human_count(static_cast<double>(records)),
               human_count(static_cast<double>(records) / wall));
  }
  ~RecordProgress() {
    if (shown_) fmt::print(stderr, "\r{:60}\r", "");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0, shown_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now(), last_ = begin_;
};

}  // namespace

const char* op_name(Op op) { return kOpNames[static_cast<std::size_t>(op)]; }

std::uint64_t whole_number(const std::string& text, const std::string& option, const char* example,
                           std::uint64_t most) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n > most)
    throw ConfigError(
        {}, option,
        fmt::format("'{}' is not a whole number from 0 to {}, for example '{}'", text, most, example));
  return n;
}

void TraceArgs::add_to(CLI::App& command) {
  const auto option = [&](const char* name, std::string& value, const char* type, const char* sentence) {
    return command.add_option(name, value, sentence)->type_name(type)->check([](const std::string& text) {
      return text.empty() ? "needs a value, an empty one is none" : "";
    });
  };
  option("--format", format_, "NAME",
         "what it is, when its beginning does not tell; see 'blkpath trace formats'");
  option("--skip-bad", skip_bad_, "N", "pass over up to N malformed records instead of stopping");
  option("--from", from_, "TIME", "only I/Os issued at this time of the trace or later, e.g. 2s")
      ->group("Filters");
  option("--until", until_, "TIME", "only I/Os issued before this time of the trace, e.g. 300ms")
      ->group("Filters");
  option("--op", ops_, "OP,...", "only these: read, write, flush, trim")->group("Filters");
  option("--offset", offset_, "A..B",
         "only I/Os that touch these bytes, e.g. 0B..10GiB; either may be left out")
      ->group("Filters");
  option("--device", devices_, "N,...", "only I/Os on these devices, by number")->group("Filters");
  option("--job", jobs_, "N,...", "only I/Os of these jobs, by number")->group("Filters");
  option("--min-length", min_length_, "SIZE", "only I/Os of this size or more, e.g. 4KiB")->group("Filters");
  option("--max-length", max_length_, "SIZE", "only I/Os of this size or less")->group("Filters");
  command.add_flag("--failed", filter_.failed, "only I/Os that failed")->group("Filters");
  option("--limit", limit_, "N", "only the first N I/Os that pass the other filters")->group("Filters");
}

TraceFilter TraceArgs::filter() const {
  TraceFilter f = filter_;
  if (!from_.empty()) f.from = quantity(parse_time, from_, "--from");
  if (!until_.empty()) f.until = quantity(parse_time, until_, "--until");
  if (f.from >= f.until)
    throw ConfigError({}, "--until", fmt::format("'{}' is not after --from '{}'", until_, from_));
  f.ops = ops(ops_);
  if (!offset_.empty()) {
    const std::size_t dots = offset_.find("..");
    if (dots == std::string::npos || offset_ == "..")
      throw ConfigError({}, "--offset",
                        fmt::format("'{}' is no range, give for example '0B..10GiB'", offset_));
    const std::string low = offset_.substr(0, dots), high = offset_.substr(dots + 2);
    if (!low.empty()) f.offset_low = quantity(parse_bytes, low, "--offset").n;
    if (!high.empty()) f.offset_high = quantity(parse_bytes, high, "--offset").n;
    if (f.offset_low && f.offset_high && *f.offset_low >= *f.offset_high)
      throw ConfigError({}, "--offset",
                        fmt::format("'{}' ends before it begins, give for example '0B..10GiB'", offset_));
  }
  f.devices = numbers<std::uint32_t>(devices_, "--device");
  f.jobs = numbers<std::uint16_t>(jobs_, "--job");
  if (!min_length_.empty()) f.min_length = length(min_length_, "--min-length");
  if (!max_length_.empty()) f.max_length = length(max_length_, "--max-length");
  if (f.min_length > f.max_length)
    throw ConfigError({}, "--max-length", fmt::format("'{}' is less than --min-length", max_length_));
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!limit_.empty()) f.limit = static_cast<std::int64_t>(whole_number(limit_, "--limit", "1000", kMost));
  return f;
}

std::unique_ptr<TraceReader> TraceArgs::open(const std::string& path) const {
  TraceFilter wanted = filter();
  ReadOptions options{.stop = interrupted};
  if (!skip_bad_.empty())
    options.skip_bad = static_cast<std::int64_t>(
        whole_number(skip_bad_, "--skip-bad", "10", std::numeric_limits<std::int64_t>::max()));
  try {
    return std::make_unique<FilteredReader>(open_trace(path, format_, options), std::move(wanted));
  } catch (const ReadStopped&) {
    return nullptr;
  }
}

bool for_each_batch(TraceReader& reader, const std::function<void(std::span<IoRecord>)>& take) try {
  constexpr std::size_t kBatch = 4096;
  std::vector<IoRecord> records(kBatch);
  RecordProgress progress;
  for (std::int64_t read = 0;;) {
    if (interrupted()) return false;
    const std::size_t n = reader.read(records);
    take(std::span(records).first(n));
    if (n < kBatch) return !interrupted();
    read += static_cast<std::int64_t>(n);
    progress.show(read);
  }
} catch (const ReadStopped&) {
  return false;
}

}  // namespace blkpath::cli
