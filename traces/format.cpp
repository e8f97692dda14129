#include "traces/format.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "model/core/error.hpp"

namespace blkpath {
namespace {

using Formats = std::map<std::string, TraceFormat, std::less<>>;

Formats& table() {
  static Formats formats;
  return formats;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, format] : table()) all.push_back(name);
  return all;
}

/// "x.csv.gz" -> "x.csv"
std::string without_compression(const std::string& path) {
  for (const std::string_view ending : {".gz", ".xz", ".zst", ".bz2"})
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  return path;
}

const TraceFormat* surest(std::string_view head, const std::string& path) {
  const std::string file_name = std::filesystem::path(without_compression(path)).filename();
  const TraceFormat* best = nullptr;
  int most = 0;
  for (const auto& [name, format] : table()) {
    const int sure = format.recognise(head, file_name);
    if (sure > most) {
      most = sure;
      best = &format;
    }
  }
  return best;
}

}  // namespace

const Formats& trace_formats() { return table(); }

RegisteredFormat::RegisteredFormat(TraceFormat format) {
  std::string name = format.name;
  table().emplace(std::move(name), std::move(format));
}

const TraceFormat& find_trace_format(std::string_view name, std::string_view key) {
  const auto it = table().find(name);
  if (it == table().end())
    throw ConfigError({}, key,
                      fmt::format("there is no trace format '{}'.{} The formats are {}.", name,
                                  did_you_mean(name, names()), fmt::join(names(), ", ")));
  return it->second;
}

std::unique_ptr<TraceReader> read_trace(std::unique_ptr<ByteInput> in, std::string_view format,
                                        const ReadOptions& options) {
  if (!format.empty()) return find_trace_format(format, "--format").read(std::move(in), options);
  constexpr std::size_t kHead = 4096;
  const std::string_view head = in->peek(kHead);
  const Place place{in->name(), 0};
  if (head.empty()) throw ConfigError(place, "", "is empty; a trace has at least one record");
  const TraceFormat* const found = surest(head, in->name());
  if (found == nullptr)
    throw ConfigError(
        place, "",
        fmt::format("its format is not recognised; name it, for example '--format spc', one of {}",
                    fmt::join(names(), ", ")));
  return found->read(std::move(in), options);
}

std::unique_ptr<TraceReader> open_trace(const std::string& path, std::string_view format,
                                        const ReadOptions& options) {
  return read_trace(ByteInput::open(path, options.stop), format, options);
}

const TraceFormat& format_to_write(const std::string& path, std::string_view format) {
  const TraceFormat* chosen = format.empty() ? surest("", path) : &find_trace_format(format, "--to");
  if (chosen == nullptr) chosen = &find_trace_format("blkpath", "--to");
  if (chosen->write == nullptr)
    throw ConfigError({}, "--to", fmt::format("'{}' can be read, not written", chosen->name));
  return *chosen;
}

std::unique_ptr<TraceWriter> create_trace(const std::string& path, std::string_view format,
                                          const WriteOptions& options) {
  return format_to_write(path, format).write(ByteOutput::open(path), options);
}

}  // namespace blkpath
