/// What an importer collects: parameters, each with the key that it was read from, and what was left out.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/disksim_file.hpp"
#include "scenarios/part.hpp"

namespace blkpath {

/// A part that was imported.
struct ImportedPart {
  Part part;
  std::vector<std::string> ignored;  ///< what the file asks for that is not modelled
  std::vector<std::string> notes;    ///< what was read in another way than it is written
};

/// DiskSim's times are in ms.
inline Time from_ms(double ms) { return Time{std::llround(ms * 1e6)}; }

class PartImport {
 public:
  /// @param path  of the file; its name becomes the parameters' source
  PartImport(const std::string& path, const std::string& source) : place_{path, 0}, source_(source) {
    imported_.part.params.place = place_;
  }
  ImportedPart& imported() { return imported_; }

  /// @param from  the key of the file that says so
  template <class T>
  void set(const std::string& name, const T& value, const std::string& from) {
    ConfigValue v = config_value(value);
    v.provenance = measured(source_ + ": " + from);
    imported_.part.params.entries.emplace_back(name, std::move(v));
  }
  void ignore(std::string_view key, std::string_view why) {
    imported_.ignored.push_back(fmt::format("{}: {}", key, why));
  }
  void note(std::string text) { imported_.notes.push_back(std::move(text)); }

 private:
  template <class T>
  ConfigValue config_value(const T& value) const {
    ConfigValue v;
    v.place = place_;
    if constexpr (IsVector<T>::value) {
      v.is_list = true;
      for (const auto& row : value) v.items.push_back(row_value(row));
    } else {
      v.text = value_text(value);
    }
    return v;
  }
  template <class Row>
  ConfigValue row_value(const Row& row) const {
    ConfigValue v;
    v.place = place_;
    v.is_list = true;
    std::apply([&](auto... member) { (v.items.push_back(config_value(row.*member)), ...); }, Row::fields());
    return v;
  }

  Place place_;
  std::string source_;
  ImportedPart imported_;
};

/// The parts of a disk, each from its own block of a DiskSim file.
/// @throws ConfigError
void import_disksim_layout(const DiskSimValue& model, PartImport& part);
void import_disksim_mechanics(const DiskSimValue& model, PartImport& part);

}  // namespace blkpath
