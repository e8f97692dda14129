#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "model/core/registry.hpp"

namespace blkpath::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string describe(const ModelInfo& model) {
  std::string out = fmt::format("{} ({}): {}\n", model.name, to_string(model.layer), model.sentence);
  for (const ParamInfo& p : model.params) {
    out += fmt::format("  {:<20} {:<10} default {}\n      {}\n", p.name, p.type, p.value, p.sentence);
    if (p.provenance.kind != Provenance::Kind::configured)
      out += fmt::format("      {}: {}\n", to_string(p.provenance.kind), p.provenance.source);
  }
  return out;
}

Json to_json(const ModelInfo& model) {
  Json j{{"name", model.name}, {"layer", std::string(to_string(model.layer))}, {"sentence", model.sentence}};
  j["parameters"] = Json::array();
  for (const ParamInfo& p : model.params)
    j["parameters"].push_back({{"name", p.name},
                               {"type", p.type},
                               {"default", p.value},
                               {"sentence", p.sentence},
                               {"provenance", std::string(to_string(p.provenance.kind))},
                               {"source", p.provenance.source}});
  return j;
}

}  // namespace

void add_models(CLI::App& app, int&) {
  auto* command = app.add_subcommand("models", "List the models, or describe one with its parameters");
  command->footer("Examples:\n  blkpath models\n  blkpath models disk");
  struct Args {
    std::string name;
    bool json = false;
  };
  auto args = std::make_shared<Args>();
  command->add_option("NAME", args->name, "model to describe");
  command->add_flag("--json", args->json, "print JSON");
  command->callback([args] {
    std::string text;
    Json list = Json::array();
    if (!args->name.empty()) {
      const ModelInfo& model = find_model(args->name, Place{}, "NAME");
      text = describe(model);
      list.push_back(to_json(model));
    } else {
      for (const auto& [name, model] : models()) {
        text += fmt::format("{:<14} {:<9} {}\n", name, to_string(model.layer), model.sentence);
        list.push_back(to_json(model));
      }
    }
    write_text("", args->json ? Json{{"models", list}}.dump(2) + "\n" : text);
  });
}

}  // namespace blkpath::cli
