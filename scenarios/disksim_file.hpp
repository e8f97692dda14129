/// DiskSim's parameter files: nested blocks of `key = value`, lists, and files that are read in place.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/core/error.hpp"

namespace blkpath {

/// A value of a DiskSim file. A block keeps its type ("dm_layout_g1") and entries in the order of the file.
struct DiskSimValue {
  enum class Kind { text, list, block };
  Kind kind = Kind::text;
  std::string text;  ///< the value, or the block's type
  std::string name;  ///< of a block that has one: "disksim_bus BUS0 {"
  std::vector<DiskSimValue> items;
  struct Entry;
  std::vector<Entry> entries;
  Place place;

  /// The entry, its name compared without regard to case and runs of blanks; null when there is none.
  const DiskSimValue* find(std::string_view key) const;
  /// @throws ConfigError when it is missing or not of that kind; the message shows `example`
  const DiskSimValue& at(std::string_view key, std::string_view example) const;
  double number(std::string_view key, std::string_view example) const;
  double number_or(std::string_view key, double otherwise) const;
  std::int64_t integer(std::string_view key, std::string_view example) const;
  /// This text as a number. @throws ConfigError
  double as_number(std::string_view key) const;
  std::int64_t as_integer(std::string_view key) const;
};
struct DiskSimValue::Entry {
  std::string key;
  DiskSimValue value;
};

/// Reads a file and, in place, those that it names with `source`, beside it. Compressed files are found as
/// NAME.xz too when `open` can read them.
/// @return the blocks of the top level, in order; statements that describe no block are passed over
/// @throws ConfigError with file and line
std::vector<DiskSimValue> read_disksim_file(const std::string& path);
/// The text of a file. @throws ConfigError
std::string read_disksim_text(const std::string& path, const Place& from);

}  // namespace blkpath
