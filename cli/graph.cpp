#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "scenarios/simulation.hpp"

namespace blkpath::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const PathGraph& graph, const Bound& bound) {
  std::string out;
  for (const std::size_t i : graph.order()) {
    const PathNode& n = graph.nodes()[i];
    out += fmt::format("{:<18} {:<12} {:<9}", n.name, n.model, to_string(n.layer));
    if (std::isfinite(n.max_iops)) out += fmt::format(" at most {:.0f} IOPS", n.max_iops);
    if (!n.next.empty()) out += fmt::format("  -> {}", fmt::join(n.next, ", "));
    out += "\n";
  }
  if (bound.bottleneck.empty()) return out + "bound: none of the stages has one\n";
  return out +
         fmt::format("bound: {:.0f} IOPS, held back by {}\n", bound.iops, fmt::join(bound.bottleneck, ", "));
}

Json json(const PathGraph& graph, const Bound& bound) {
  Json j{{"stages", Json::array()}};
  for (const std::size_t i : graph.order()) {
    const PathNode& n = graph.nodes()[i];
    Json stage{{"name", n.name},
               {"group", n.group},
               {"model", n.model},
               {"layer", std::string(to_string(n.layer))},
               {"next", n.next}};
    stage["max_iops"] = std::isfinite(n.max_iops) ? Json(n.max_iops) : Json(nullptr);
    j["stages"].push_back(stage);
  }
  j["bound"] =
      bound.bottleneck.empty() ? Json(nullptr) : Json{{"iops", bound.iops}, {"bottleneck", bound.bottleneck}};
  return j;
}

}  // namespace

void add_graph(CLI::App& app, int&) {
  auto* command =
      app.add_subcommand("graph", "Show the path that a scenario builds, its bound and its bottleneck");
  command->footer(
      "Examples:\n"
      "  blkpath graph scenarios/qemu-aio-2008/kvm-none-linux-aio-randwrite.yaml\n"
      "  blkpath graph SCENARIO --dot | dot -Tsvg > path.svg");
  struct Args {
    ScenarioArgs scenario;
    bool dot = false, json = false;
  };
  auto args = std::make_shared<Args>();
  args->scenario.add_to(*command);
  command->add_flag("--dot", args->dot, "print Graphviz");
  command->add_flag("--json", args->json, "print JSON");
  command->callback([args] {
    const Simulation simulation(args->scenario.load());
    const PathGraph& graph = simulation.graph();
    if (args->dot)
      write_text("", graph.dot());
    else if (args->json)
      write_text("", json(graph, simulation.bound()).dump(2) + "\n");
    else
      write_text("", text(graph, simulation.bound()));
  });
}

}  // namespace blkpath::cli
