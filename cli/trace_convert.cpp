#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cli/trace_args.hpp"
#include "cli/trace_losses.hpp"
#include "traces/sorted_reader.hpp"

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
  std::string in, out, to, device, window;
  bool force = false, shift = false, sort = false, json = false;
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

/// The trace, in order where that is asked for; null when it was interrupted.
std::unique_ptr<TraceReader> open(const ConvertArgs& args) {
  std::size_t window = SortedReader::kWindow;
  constexpr std::uint64_t kWidest = 1'000'000'000;  // 100 GB
  if (!args.window.empty()) window = whole_number(args.window, "--sort-window", "1000000", kWidest);
  std::unique_ptr<TraceReader> reader = args.trace.open(args.in);
  if (reader && (args.sort || !args.window.empty()))
    reader = std::make_unique<SortedReader>(std::move(reader), window);
  return reader;
}

/// @return false when it was interrupted
bool copy(TraceReader& reader, const std::string& out, const ConvertArgs& args, TraceLosses& losses) {
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
    losses.add(batch);
    writer->write(batch);
  });
  if (!whole) return false;
  writer->append(since(begun, reader.meta()));
  writer->close();
  losses.finish(writer->left_out());
  return true;
}

void convert(const ConvertArgs& args, int& status) {
  TraceLosses losses(format_to_write(args.out, args.to));
  if (args.json && args.out == "-")
    throw ConfigError({}, "--json", "the trace takes standard output; name a file, for example 'out.csv'");
  std::error_code ignored;
  const bool exists = fs::exists(args.out, ignored),
             in_place = args.out == "-" || (exists && !fs::is_regular_file(args.out, ignored) &&
                                            !fs::is_directory(args.out, ignored));
  check_writable(args.out, "OUT");
  if (exists && !in_place && !args.force)
    throw ConfigError({}, "OUT", fmt::format("'{}' exists; --force replaces it", args.out));
  catch_interrupts();
  const auto reader = open(args);
  bool whole = false;
  try {
    if (reader && in_place) {  // a pipe or a device
      whole = copy(*reader, args.out, args, losses);
    } else if (reader) {
      const Unfinished file(exists ? fs::canonical(args.out) : fs::path(args.out));
      whole = copy(*reader, file.path(), args, losses);
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
    return;
  }
  fmt::print(stderr, "{}", losses.text());
  if (reader->skipped() > 0)
    fmt::print(stderr, "blkpath: {} malformed records passed over\n", reader->skipped());
  if (!args.json) return;
  nlohmann::ordered_json all{{"in", args.in}, {"out", args.out}};
  all.update(losses.json());
  all["malformed"] = reader->skipped();
  write_text("", all.dump(2) + "\n");
}

}  // namespace

void add_trace_convert(CLI::App& trace, int& status) {
  auto* command = trace.add_subcommand("convert", "Write a trace, or a part of it, in another format");
  command->footer(
      "OUT appears when it is complete. Its name tells format (x.csv) and compression (.gz, .xz, .zst, "
      ".bz2), or "
      "--to does.\nWhat OUT's format cannot say is left out, and named on standard error.\n\n"
      "Examples:\n"
      "  blkpath trace convert web_0.csv.gz web_0.blkpath\n"
      "  blkpath trace convert sda.blktrace.0 writes.csv.zst --op write --from 10s --until 20s "
      "--shift-time-to-zero\n"
      "  blkpath trace convert lun_1.csv.gz lun_1.iolog --sort\n"
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
  command->add_flag("--sort", args->sort, "put the I/Os into the order of their issue");
  command
      ->add_option(
          "--sort-window", args->window,
          "sort, and hold N I/Os for it instead of 1000000 (100 bytes each): how far behind one may stand")
      ->type_name("N");
  command->add_flag("--json", args->json, "print as JSON what was written, and what was left out");
  args->trace.add_to(*command);
  command->callback([args, &status] { convert(*args, status); });
}

}  // namespace blkpath::cli
