#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/trace_args.hpp"

namespace blkpath::cli {

void add_trace_formats(CLI::App& trace) {
  auto* command = trace.add_subcommand("formats", "List the formats that can be read and written");
  command->footer("Examples:\n  blkpath trace formats\n  blkpath trace formats --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print JSON");
  command->callback([json] {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    for (const auto& [name, format] : trace_formats()) {
      const bool writes = format.write != nullptr;
      text += fmt::format("{:<18} {:<11} {}\n", name, writes ? "read, write" : "read", format.sentence);
      list.push_back({{"name", name},
                      {"read", true},
                      {"write", writes},
                      {"sentence", format.sentence},
                      {"holds", names_of(format.holds)}});
    }
    write_text("", *json ? nlohmann::ordered_json{{"formats", list}}.dump(2) + "\n" : text);
  });
}

void add_trace(CLI::App& app, int& status) {
  auto* trace = app.add_subcommand("trace", "Look at, convert and print traces of I/O");
  trace->footer(
      "Examples:\n"
      "  blkpath trace info web_0.csv.gz\n"
      "  blkpath trace convert web_0.csv.gz web_0.blkpath\n"
      "  blkpath trace cat web_0.csv.gz --op write --limit 20\n"
      "  blkpath trace formats");
  trace->require_subcommand(1);
  add_trace_info(*trace, status);
  add_trace_convert(*trace, status);
  add_trace_cat(*trace, status);
  add_trace_formats(*trace);
}

}  // namespace blkpath::cli
