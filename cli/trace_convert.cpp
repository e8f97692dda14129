#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cli/trace_args.hpp"

namespace blkpath::cli {
namespace {

namespace fs = std::filesystem;

/// Where a file is written until it is complete: under its own name, which may tell its format and
/// compression, in a folder beside where it will stand. What is not kept is gone afterwards.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& target) : target_(target) {
    const fs::path beside = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::string name = (beside / ".blkpath-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw ConfigError(
          {}, "OUT",
          fmt::format("cannot write '{}': {}", target.string(), std::generic_category().message(errno)));
    folder_ = name;
  }
  ~Unfinished() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  std::string path() const { return (folder_ / target_.filename()).string(); }
  void keep() const { fs::rename(path(), target_); }

 private:
  fs::path target_, folder_;
};

struct ConvertArgs {
  TraceArgs trace;
  std::string in, out, to, device;
  bool force = false, shift = false;
};

/// Notes and samples that a reader came upon since its meta was `begun`.
TraceMeta since(const TraceMeta& begun, const TraceMeta& now) {
  const auto later = [](const std::vector<std::string>& before, const std::vector<std::string>& all) {
    return std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(before.size()), all.end());
  };
  TraceMeta more;
  more.notes = later(begun.notes, now.notes);
  more.samples = later(begun.samples, now.samples);
  return more;
}

/// @return false when it was interrupted
bool copy(TraceReader& reader, const std::string& out, const ConvertArgs& args) {
  TraceTransform transform;
  if (!args.device.empty())
    transform.device = static_cast<std::uint32_t>(
        whole_number(args.device, "--remap-device", "0", std::numeric_limits<std::uint32_t>::max()));
  std::unique_ptr<TraceWriter> writer;
  TraceMeta begun;
  const bool whole = for_each_batch(reader, [&](std::span<IoRecord> batch) {
    if (!writer) {  // what the trace says of itself is known once it has been read from
      begun = reader.meta();
      begun.samples.clear();  // they go to the end, all together
      WriteOptions options{.meta = begun};
      if (args.shift) transform.earlier = earliest(batch);
      if (options.meta.epoch_ns != 0) options.meta.epoch_ns += transform.earlier.count();
      writer = create_trace(out, args.to, options);
    }
    transform.apply(batch);
    writer->write(batch);
  });
  if (!whole) return false;
  writer->append(since(begun, reader.meta()));
  writer->close();
  return true;
}

void convert(const ConvertArgs& args, int& status) {
  if (!args.to.empty() && find_trace_format(args.to, "--to").write == nullptr)
    throw ConfigError({}, "--to", fmt::format("'{}' can be read, not written", args.to));
  std::error_code ignored;
  const bool exists = fs::exists(args.out, ignored),
             in_place = args.out == "-" || (exists && !fs::is_regular_file(args.out, ignored) &&
                                            !fs::is_directory(args.out, ignored));
  check_writable(args.out, "OUT");
  if (exists && !in_place && !args.force)
    throw ConfigError({}, "OUT", fmt::format("'{}' exists; --force replaces it", args.out));
  const auto reader = args.trace.open(args.in);
  catch_interrupts();
  bool whole = false;
  try {
    if (in_place) {  // a pipe or a device
      whole = copy(*reader, args.out, args);
    } else {
      const Unfinished file(exists ? fs::canonical(args.out) : fs::path(args.out));
      whole = copy(*reader, file.path(), args);
      if (whole) file.keep();
    }
  } catch (const std::system_error& e) {
    if (args.out == "-" && e.code() == std::errc::broken_pipe)
      throw OutputClosed("standard output is closed");
    throw;
  }
  if (!whole) {
    status = 130;
    fmt::print(stderr, "blkpath: interrupted{}\n",
               in_place ? "" : fmt::format("; '{}' was not written", args.out));
  }
  if (reader->skipped() > 0)
    fmt::print(stderr, "blkpath: {} malformed records passed over\n", reader->skipped());
}

}  // namespace

void add_trace_convert(CLI::App& trace, int& status) {
  auto* command = trace.add_subcommand("convert", "Write a trace, or a part of it, in another format");
  command->footer(
      "OUT appears when it is complete. Its name tells format (x.csv) and compression (.gz, .xz, .zst, "
      ".bz2), or "
      "--to does.\n\n"
      "Examples:\n"
      "  blkpath trace convert web_0.csv.gz web_0.blkpath\n"
      "  blkpath trace convert sda.blktrace.0 writes.csv.zst --op write --from 10s --until 20s "
      "--shift-time-to-zero\n"
      "  zcat web_0.csv.gz | blkpath trace convert - - --format msr --to fio-iolog > web_0.iolog");
  auto args = std::make_shared<ConvertArgs>();
  command->add_option("IN", args->in, "trace, or - for standard input")->required();
  command->add_option("OUT", args->out, "file to write, or - for standard output")->required();
  command
      ->add_option("--to", args->to,
                   "format of OUT, when its name does not tell; see 'blkpath trace formats'")
      ->type_name("NAME");
  command->add_flag("--force", args->force, "replace OUT where it exists");
  command->add_flag("--shift-time-to-zero", args->shift, "the first I/O that is kept is at 0");
  command->add_option("--remap-device", args->device, "give every I/O this device number")->type_name("N");
  args->trace.add_to(*command);
  command->callback([args, &status] { convert(*args, status); });
}

}  // namespace blkpath::cli
