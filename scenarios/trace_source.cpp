#include "scenarios/trace_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "model/trace_remap.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

/// The wanted records of a trace, in the file's order.
class WantedRecords {
 public:
  explicit WantedRecords(const ReplaySpec& spec)
      : spec_(spec), reader_(open_trace(spec.files.front(), spec.format, {.skip_bad = spec.skip_bad})) {
    facts_.file = spec.files.front();
    facts_.format = reader_->meta().format;
  }

  /// @return the next one, valid until the next call; null at the end
  const IoRecord* next() {
    while (wanted_ < limit()) {
      if (at_ == filled_) {
        at_ = 0;
        filled_ = reader_->read(buffer_);
        if (filled_ == 0) break;
      }
      const IoRecord& r = buffer_[at_++];
      ++facts_.records;
      if (spec_.device && r.device != *spec_.device) {
        ++facts_.elsewhere;
      } else if (spec_.skip[static_cast<std::size_t>(r.op)]) {
        ++facts_.skipped;
      } else if (r.op != Op::flush && r.length == 0) {
        ++facts_.empty;
      } else {
        ++wanted_;
        if (r.op != Op::flush && r.offset < 0) fail("offset", "it has none, and cannot be replayed");
        return &r;
      }
    }
    return nullptr;
  }
  /// Of the record that next() returned.
  [[noreturn]] void fail(std::string_view key, const std::string& problem) const {
    throw ConfigError({facts_.file, 0}, key, fmt::format("record {}: {}", facts_.records, problem));
  }
  std::int64_t count() const { return wanted_; }
  SourceFacts facts() const {
    SourceFacts facts = facts_;
    facts.malformed = reader_->skipped();
    return facts;
  }

 private:
  static constexpr std::size_t kBuffer = 512;
  std::int64_t limit() const {
    return spec_.limit > 0 ? spec_.limit : std::numeric_limits<std::int64_t>::max();
  }

  const ReplaySpec& spec_;
  std::unique_ptr<TraceReader> reader_;
  std::vector<IoRecord> buffer_ = std::vector<IoRecord>(kBuffer);
  std::size_t at_ = 0, filled_ = 0;
  std::int64_t wanted_ = 0;
  SourceFacts facts_;
};

/// Where the last byte of the trace lies, which `scale` maps to the device's end.
Bytes span_of(const ReplaySpec& spec) {
  if (spec.remap != Remap::scale) return Bytes{0};
  if (spec.span) return *spec.span;
  WantedRecords records(spec);
  std::int64_t end = 0;
  while (const IoRecord* r = records.next())
    if (r->op != Op::flush) end = std::max(end, divided(spec, r->offset) + std::int64_t{r->length});
  return Bytes{std::max<std::int64_t>(end, 1)};
}

class TraceSource final : public RequestSource {
 public:
  TraceSource(const JobSpec& job, Bytes device)
      : spec_(*job.replay), device_(device), records_(spec_), remap_(spec_, device, span_of(spec_)) {}

  std::size_t next(std::span<TraceRequest> out) override {
    std::size_t n = 0;
    while (n < out.size()) {
      const IoRecord* r = records_.next();
      if (!r) break;
      out[n++] = request(*r);
    }
    if (records_.count() == 0) nothing();
    return n;
  }
  SourceFacts facts() const override { return records_.facts(); }

 private:
  TraceRequest request(const IoRecord& r) const {
    TraceRequest t;
    t.issued = r.issued;
    t.ended = r.end();
    t.op = r.op;
    if ((r.flags & IoRecord::kFua) != 0) t.flags = Request::kFua;
    if (r.op == Op::flush) return t;
    if (spec_.read_only && r.op != Op::read)
      records_.fail("readonly", "it writes, and the disk is read-only");
    const auto offset = remap_.place(r.offset, r.length);
    if (!offset) does_not_fit(r);
    t.offset = *offset;
    t.length = r.length;
    return t;
  }
  [[noreturn]] void does_not_fit(const IoRecord& r) const {
    const std::string room =
        spec_.offset > Bytes{0}
            ? fmt::format("has {} behind offset {}", format(device_ - spec_.offset), format(spec_.offset))
            : fmt::format("has {}", format(device_));
    records_.fail("offset",
                  fmt::format("offset {} and length {} reach beyond the device, which {}; make room with "
                              "'size', or place it with 'remap', for example 'remap: wrap'",
                              r.offset, r.length, room));
  }
  [[noreturn]] void nothing() const {
    const SourceFacts f = facts();
    throw ConfigError(
        {f.file, 0}, "",
        fmt::format("holds no request to replay: of {} records, {} are for other devices, {} are skipped, "
                    "{} have no length",
                    f.records, f.elsewhere, f.skipped, f.empty));
  }

  const ReplaySpec& spec_;
  const Bytes device_;
  WantedRecords records_;
  TraceRemap remap_;
};

}  // namespace

std::unique_ptr<RequestSource> open_request_source(const JobSpec& job, Bytes device) {
  try {
    return std::make_unique<TraceSource>(job, device);
  } catch (const std::invalid_argument& e) {
    throw ConfigError(job.replay->place, "offset", e.what());
  }
}

}  // namespace blkpath
