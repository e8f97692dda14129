#include "model/core/registry.hpp"

#include <fmt/format.h>

namespace blkpath {
namespace {
std::map<std::string, ModelInfo, std::less<>>& mutable_models() {
  static std::map<std::string, ModelInfo, std::less<>>
      all;  // built on first use: registration runs before main
  return all;
}
}  // namespace

const std::map<std::string, ModelInfo, std::less<>>& models() { return mutable_models(); }

void register_model(ModelInfo info) {
  std::string name = info.name;
  if (!mutable_models().emplace(name, std::move(info)).second)
    throw std::logic_error("two models are called " + name);
}

const ModelInfo& find_model(std::string_view name, const Place& place, std::string_view key) {
  if (const auto it = models().find(name); it != models().end()) return it->second;
  std::vector<std::string> known;
  for (const auto& [model, info] : models()) known.push_back(model);
  throw ConfigError(
      place, key,
      fmt::format("there is no model '{}'.{} `blkpath models` lists all.", name, did_you_mean(name, known)));
}

}  // namespace blkpath
