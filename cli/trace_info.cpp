#include <fmt/format.h>

#include "cli/trace_args.hpp"
#include "cli/trace_report.hpp"

namespace blkpath::cli {
namespace {

struct InfoArgs {
  TraceArgs trace;
  std::vector<std::string> files;
  bool json = false, no_plot = false, ascii = false;
};

void info(const InfoArgs& args, int& status) {
  catch_interrupts();
  nlohmann::ordered_json all{{"traces", nlohmann::ordered_json::array()}};
  bool first = true;
  for (const std::string& file : args.files) {
    const auto reader = args.trace.open(file);
    if (!reader) {
      status = 130;
      break;
    }
    const auto stats = std::make_unique<TraceStats>();
    const bool whole = for_each_batch(*reader, [&](std::span<IoRecord> records) { stats->add(records); });
    stats->finish();
    const TraceSummary summary{file, reader->meta(), reader->skipped(), !whole, stats.get()};
    if (args.json)
      all["traces"].push_back(trace_json(summary));
    else
      write_text("", (first ? "" : "\n") + trace_text(summary) +
                         (args.no_plot ? "" : trace_charts(*stats, plot_style(args.ascii))));
    first = false;
    if (!whole) {
      status = 130;
      break;
    }
  }
  if (args.json) write_text("", all.dump(2) + "\n");
}

}  // namespace

void add_trace_info(CLI::App& trace, int& status) {
  auto* command =
      trace.add_subcommand("info", "Say what a trace holds: sizes, addresses, arrivals, latencies");
  command->footer(
      "Examples:\n"
      "  blkpath trace info web_0.csv.gz\n"
      "  blkpath trace info run.blkpath --op write --from 10s --until 20s\n"
      "  blkpath trace info --json *.csv.gz > all.json");
  auto args = std::make_shared<InfoArgs>();
  command->add_option("FILE", args->files, "traces, or - for standard input")->required();
  command->add_flag("--json", args->json, "print JSON");
  command->add_flag("--no-plot", args->no_plot, "no charts");
  command->add_flag("--ascii", args->ascii, "charts in plain ASCII");
  args->trace.add_to(*command);
  command->callback([args, &status] { info(*args, status); });
}

}  // namespace blkpath::cli
