// VMware vscsiStats' binary traces, as CloudPhysics published them: records in little endian, of one disk,
//   version 1, 32 bytes: u32 serial, u32 length, u32 segments, u16 command, u16 version, u64 LBN, u64 time
//   version 2, 40 bytes: u16 command, u16 version, u32 serial, u32 length, u32 segments, u64 LBN, u64 time,
//   u64 response
// (both as in libCacheSim's vscsi reader; the version is in the high byte). The command is the SCSI operation
// code, the length is in bytes, LBN counts blocks of 512 bytes, time is in microseconds of the host's clock.
// The response of version 2 is left out, because nothing says its unit. So are serial and segments, and
// commands that move no data.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "traces/checked.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

/// Where a version keeps its fields, in bytes from the record's beginning.
struct Layout {
  unsigned version;
  std::size_t size, length, command, version_at, lbn, time;
};
constexpr Layout kLayout1{1, 32, 4, 12, 14, 16, 24};
constexpr Layout kLayout2{2, 40, 8, 0, 2, 16, 24};

template <class Int>
Int get(std::string_view record, std::size_t at) {
  static_assert(std::endian::native == std::endian::little, "vscsi records are little endian");
  Int value;
  std::memcpy(&value, record.data() + at, sizeof value);
  return value;
}

bool has_layout(std::string_view record, const Layout& layout) {
  return get<std::uint16_t>(record, layout.version_at) >> 8 == layout.version;
}

enum Command : std::uint16_t { kRead10 = 0x28, kWrite10 = 0x2a, kRead16 = 0x88, kWrite16 = 0x8a };

bool is_read(std::uint16_t c) { return c == 0x08 || c == kRead10 || c == 0xa8 || c == kRead16; }
bool is_write(std::uint16_t c) { return c == 0x0a || c == kWrite10 || c == 0xaa || c == kWrite16; }

/// The layout that whole records of `head` have, or null.
const Layout* layout_of(std::string_view head) {
  for (const Layout* layout : {&kLayout1, &kLayout2}) {
    std::size_t n = 0;
    while (head.size() >= (n + 1) * layout->size &&
           has_layout(head.substr(n * layout->size, layout->size), *layout))
      ++n;
    if (n > 0 && head.size() < (n + 1) * layout->size) return layout;
  }
  return nullptr;
}

class VscsiReader final : public TraceReader {
 public:
  VscsiReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : in_(std::move(in)), left_to_skip_(options.skip_bad) {
    meta_.format = "vscsi";
    constexpr std::size_t kLooked = 4;
    layout_ = layout_of(in_->peek(kLooked * kLayout1.size));
    if (layout_ == nullptr) layout_ = &kLayout1;
  }

  std::size_t read(std::span<IoRecord> out) override {
    std::size_t n = 0;
    while (n < out.size()) {
      const std::string_view record = in_->peek(layout_->size);
      if (record.empty()) break;
      ++number_;
      try {
        if (parse(record, out[n])) ++n;
      } catch (const BadLine& bad) {
        if (left_to_skip_ == 0)
          throw ConfigError({in_->name(), 0}, "", fmt::format("record {}: {}", number_, bad.what()));
        --left_to_skip_;
        ++skipped_;
      }
      in_->skip(layout_->size);
    }
    return n;
  }
  const TraceMeta& meta() const override { return meta_; }
  std::int64_t skipped() const override { return skipped_; }

 private:
  bool parse(std::string_view record, IoRecord& r) {
    if (record.size() < layout_->size)
      throw BadLine(
          fmt::format("a record of {} bytes, not the {} that are left", layout_->size, record.size()));
    if (!has_layout(record, *layout_))
      throw BadLine(fmt::format("a record of version {}, not {}", layout_->version,
                                get<std::uint16_t>(record, layout_->version_at) >> 8));
    const auto command = get<std::uint16_t>(record, layout_->command);
    if (!is_read(command) && !is_write(command)) {
      if (meta_.notes.empty()) meta_.notes.emplace_back("commands that neither read nor write were left out");
      return false;
    }
    const auto lbn = get<std::uint64_t>(record, layout_->lbn),
               time = get<std::uint64_t>(record, layout_->time);
    if (lbn > kMost / kSectorSize.n) throw BadLine(fmt::format("an LBN {} is out of range", lbn));
    if (time > kMost / kMicro) throw BadLine(fmt::format("a time of {} us is out of range", time));
    const auto ns = static_cast<std::int64_t>(time) * kMicro;
    if (zero_ < 0) zero_ = ns;
    r = IoRecord{};
    r.issued = Time{ns - zero_};
    r.op = is_read(command) ? Op::read : Op::write;
    r.offset = static_cast<std::int64_t>(lbn) * kSectorSize.n;
    r.length = get<std::uint32_t>(record, layout_->length);
    return true;
  }

  static constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

  std::unique_ptr<ByteInput> in_;
  const Layout* layout_;
  TraceMeta meta_;
  std::int64_t left_to_skip_, skipped_ = 0, number_ = 0;
  std::int64_t zero_ = -1;  ///< time of the first record in ns; negative before it
};

/// Writes version 1.
class VscsiWriter final : public TraceWriter {
 public:
  VscsiWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&) : out_(std::move(out)) {}
  void write(std::span<const IoRecord> records) override {
    for (const IoRecord& r : records) tally_.check(r, [&] { return put(r); });
  }
  OpCounts left_out() const override { return tally_.left_out(); }
  void close() override { out_->close(); }

 private:
  bool put(const IoRecord& r) {
    if (!reads_or_writes(r)) return false;
    device_.check(r);
    const auto lbn = static_cast<std::uint64_t>(in_sectors(known_offset(r), "an offset"));
    const auto time = static_cast<std::uint64_t>(stamp_ns(r.issued) / kMicro);
    const bool read = r.op == Op::read, wide = lbn > std::numeric_limits<std::uint32_t>::max();
    const std::uint16_t command = wide ? (read ? kRead16 : kWrite16) : (read ? kRead10 : kWrite10);
    constexpr std::uint32_t kSegments = 1;
    constexpr std::uint16_t kVersion = 0x100;
    std::array<char, kLayout1.size> record{};
    const auto set = [&record](std::size_t at, auto value) {
      std::memcpy(record.data() + at, &value, sizeof value);
    };
    set(0, ++serial_);
    set(kLayout1.length, r.length);
    set(kLayout1.length + sizeof r.length, kSegments);
    set(kLayout1.command, command);
    set(kLayout1.version_at, kVersion);
    set(kLayout1.lbn, lbn);
    set(kLayout1.time, time);
    out_->write({record.data(), record.size()});
    return true;
  }

  std::unique_ptr<ByteOutput> out_;
  WriteTally tally_{"vscsi"};
  OneDevice device_;
  std::uint32_t serial_ = 0;
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".vscsi") ? 90 : 0;
  const Layout* const layout = layout_of(head);
  if (layout == nullptr) return 0;
  const auto command = get<std::uint16_t>(head, layout->command);
  return is_read(command) || is_write(command) ? 80 : 20;
}

const RegisteredFormat registered{
    {"vscsi", "VMware vscsiStats, binary: length, SCSI command, LBN, time in us", "", RecordFields{0},
     recognise, make_reader<VscsiReader>, make_writer<VscsiWriter>}};

}  // namespace
}  // namespace blkpath
