#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/trace_args.hpp"
#include "cli/trace_losses.hpp"

namespace blkpath::cli {
namespace {

std::string flag_letters(std::uint8_t flags) {  // blkparse's, and 'G' for merged, as in its 'M' events
  std::string letters;
  if ((flags & IoRecord::kFua) != 0) letters += 'F';
  if ((flags & IoRecord::kMeta) != 0) letters += 'M';
  if ((flags & IoRecord::kReadAhead) != 0) letters += 'A';
  if ((flags & IoRecord::kMerged) != 0) letters += 'G';
  return letters.empty() ? "-" : letters;
}

std::string time_us(Time from, Time to) {
  return from == IoRecord::kUnknown || to == IoRecord::kUnknown ? "-"
                                                                : fmt::format("{:.3f}", micros(to - from));
}

constexpr const char* kHeader =
    "#       issued s   device    job  op              offset     length flags     submit us       done us  "
    "result\n";

void append_line(const IoRecord& r, fmt::memory_buffer& out) {
  fmt::format_to(std::back_inserter(out), "{:16.9f} {:8} {:6}  {:5} {:>16} {:10} {:>5} {:>13} {:>13}  {}\n",
                 seconds(r.issued), r.device, r.job, op_name(r.op),
                 r.offset >= 0 ? std::to_string(r.offset) : "-", r.length, flag_letters(r.flags),
                 time_us(r.issued, r.submitted), time_us(r.issued, r.end()),
                 r.result == IoRecord::kNoResult ? "-"
                 : r.failed()                    ? std::generic_category().message(-r.result)
                                                 : std::to_string(r.result));
}

void cat_columns(TraceReader& reader, int& status) {
  write_text("", kHeader);
  fmt::memory_buffer text;
  const bool whole = for_each_batch(reader, [&](std::span<IoRecord> records) {
    text.clear();
    for (const IoRecord& r : records) append_line(r, text);
    write_text("", fmt::to_string(text));
  });
  if (!whole) status = 130;
}

void cat_format(TraceReader& reader, const std::string& to, int& status) {
  const TraceFormat& format = format_to_write("-", to);
  if (format.example.empty() && isatty(STDOUT_FILENO) != 0)
    throw ConfigError({}, "--to",
                      fmt::format("'{}' is not text; redirect it to a file, or give for example "
                                  "'--to csv'",
                                  to));
  try {
    TraceLosses losses(format);
    std::unique_ptr<TraceWriter> writer;
    const bool whole = for_each_batch(reader, [&](std::span<IoRecord> records) {
      if (!writer) writer = create_trace("-", to, {.meta = reader.meta()});
      losses.add(records);
      writer->write(records);
    });
    if (!whole) status = 130;
    if (!writer) return;
    writer->close();
    losses.finish(writer->left_out());
    fmt::print(stderr, "{}", losses.text());
  } catch (const std::system_error& e) {
    if (e.code() == std::errc::broken_pipe) throw OutputClosed("standard output is closed");
    throw;
  }
}

}  // namespace

void add_trace_cat(CLI::App& trace, int& status) {
  auto* command = trace.add_subcommand("cat", "Print the I/Os of a trace, in columns or in another format");
  command->footer(
      "Times are since the trace's zero: when it was issued; how much later submitting had returned (of a "
      "block "
      "trace:\nthe driver got it) and it was done. Offset and length are bytes, result is bytes or an error. "
      "Flags: "
      "F FUA,\nM metadata, A read-ahead, G merged into another.\n\n"
      "Examples:\n"
      "  blkpath trace cat web_0.csv.gz --limit 20\n"
      "  blkpath trace cat sda.blktrace.0 --op write --min-length 64KiB --from 2s --until 3s\n"
      "  blkpath trace cat web_0.csv.gz --failed --to csv > failed.csv");
  struct Args {
    TraceArgs trace;
    std::string file, to;
  };
  auto args = std::make_shared<Args>();
  command->add_option("FILE", args->file, "trace, or - for standard input")->required();
  command->add_option("--to", args->to, "print in this format; see 'blkpath trace formats'")
      ->type_name("NAME");
  args->trace.add_to(*command);
  command->callback([args, &status] {
    catch_interrupts();
    const auto reader = args->trace.open(args->file);
    if (!reader)
      status = 130;
    else if (args->to.empty())
      cat_columns(*reader, status);
    else
      cat_format(*reader, args->to, status);
  });
}

}  // namespace blkpath::cli
