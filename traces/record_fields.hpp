/// Which fields a record has, and which a format can hold.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "traces/record.hpp"

namespace blkpath {

/// A set of IoRecord's fields, one bit each. Issue, op, offset and length are in every trace, and no bits.
using RecordFields = std::uint16_t;

namespace record_field {
inline constexpr RecordFields intended = 1, allocated = 2, inserted = 4, submitted = 8, completed = 16,
                              reaped = 32, result = 64, device = 128, job = 256, flags = 512, buffer = 1024,
                              all = 2047;
/// Of a format that has one instant for the end of an I/O: IoRecord::end().
inline constexpr RecordFields end = completed | reaped;
}  // namespace record_field

/// What is known of `record`; a device and a job of number 0 are as good as none.
RecordFields known_fields(const IoRecord& record);

/// Their names in IoRecord, in its order.
std::vector<std::string> names_of(RecordFields fields);

}  // namespace blkpath
