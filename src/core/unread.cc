#include "core/unread.h"

#include <algorithm>

namespace evener {
namespace {

std::int64_t beyond(const std::vector<MessageId>& ascending, MessageId up_to) {
  return ascending.end() - std::upper_bound(ascending.begin(), ascending.end(), up_to);
}

void erase_from(std::vector<MessageId>& ascending, MessageId id) {
  const auto found = std::lower_bound(ascending.begin(), ascending.end(), id);
  if (found != ascending.end() && *found == id) ascending.erase(found);
}

}  // namespace

// ---- what is true ------------------------------------------------------------------------------

template <typename Visit>
void UnreadIndex::for_each_channel(WorkerIndex worker, const Visit& visit) const {
  visit(anyone);
  const auto& answers = state_.worker(worker).answers_to;
  const auto* const described = answers.begin() + 1;  // the first is the worker itself
  for (const auto* at = described; at != answers.end(); ++at) {
    if (*at != anyone) visit(*at);
  }
  if (leads_.empty()) return;
  const auto found = leads_.find(worker);
  if (found == leads_.end()) return;
  for (const auto& [role, times] : found->second) {
    if (std::find(described, answers.end(), role) == answers.end()) visit(role);
  }
}

template <typename Visit>
void UnreadIndex::for_each_list(WorkerIndex worker, const Visit& visit) const {
  if (const auto own = direct_.find(worker); own != direct_.end()) visit(own->second);
  for_each_channel(worker, [&](AssigneeIndex channel) {
    if (channel.value < channels_.size()) visit(channels_[channel.value]);
  });
}

UnreadCount UnreadIndex::of(WorkerIndex worker) const {
  UnreadCount count;
  const Messages& messages = state_.messages;
  if (messages.live.empty()) return count;
  const auto reading = messages.readings.find(worker);
  const MessageId up_to = reading == messages.readings.end() ? 0 : reading->second.up_to;
  for_each_list(worker, [&](const List& list) {
    count.all += beyond(list.all, up_to);
    count.urgent += beyond(list.urgent, up_to);
  });
  if (count.all == 0 || reading == messages.readings.end()) return count;
  const std::set<MessageId>& single = reading->second.single;
  for (auto at = single.upper_bound(up_to); at != single.end(); ++at) {
    const auto message = messages.live.find(*at);
    if (message == messages.live.end() || !reaches(message->second, worker)) continue;
    --count.all;
    if (message->second.urgent) --count.urgent;
  }
  return count;
}

bool UnreadIndex::reaches(const Message& message, WorkerIndex worker) const {
  if (message.is_direct()) {
    const auto& whom = message.recipients;
    return std::find(whom.begin(), whom.end(), worker) != whom.end();
  }
  bool found = false;
  for_each_channel(worker, [&](AssigneeIndex channel) { found |= channel == message.channel; });
  return found;
}

bool UnreadIndex::is_read(MessageId id, WorkerIndex worker) const {
  const auto reading = state_.messages.readings.find(worker);
  return reading != state_.messages.readings.end() && reading->second.has(id);
}

std::vector<MessageId> UnreadIndex::inbox(WorkerIndex worker) const {
  std::vector<MessageId> all;
  for_each_list(worker, [&](const List& list) {
    all.insert(all.end(), list.all.begin(), list.all.end());
  });
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t UnreadIndex::waiting_for(WorkerIndex worker) const {
  const auto own = direct_.find(worker);
  if (own == direct_.end()) return 0;
  return static_cast<std::size_t>(std::count_if(
      own->second.all.begin(),
      own->second.all.end(),
      [&](MessageId id) { return !is_read(id, worker); }
  ));
}

std::size_t UnreadIndex::waiting_in(AssigneeIndex channel) const {
  return channel.value < channels_.size() ? channels_[channel.value].all.size() : 0;
}

std::size_t UnreadIndex::members(AssigneeIndex channel) const {
  return channel.value < members_.size() ? members_[channel.value] : 0;
}

bool UnreadIndex::is_over(const Message& message) const {
  if (message.is_direct()) return message.acknowledged >= message.recipients.size();
  return message.acknowledged > 0 && message.acknowledged >= members(message.channel);
}

// ---- what happens ------------------------------------------------------------------------------

void UnreadIndex::enlist(MessageId id, const Message& message) {
  const auto add_to = [&](List& list) {
    list.all.push_back(id);
    if (message.urgent) list.urgent.push_back(id);
  };
  if (message.is_direct()) {
    for (const WorkerIndex worker : message.recipients) add_to(direct_[worker]);
  } else {
    if (channels_.size() <= message.channel.value) channels_.resize(message.channel.value + 1);
    add_to(channels_[message.channel.value]);
  }
}

// It does not come back to its sender; for that alone it is not over.
void UnreadIndex::sent(MessageId id, WorkerIndex sender) {
  Message& message = state_.messages.live.at(id);
  enlist(id, message);
  if (sender == no_worker || !reaches(message, sender)) return;
  state_.messages.readings[sender].single.insert(id);
  ++message.acknowledged;
  settle(sender);
}

void UnreadIndex::acknowledge(WorkerIndex worker, const std::vector<MessageId>& messages) {
  Reading& reading = state_.messages.readings[worker];
  for (const MessageId id : messages) {
    const auto found = state_.messages.live.find(id);
    if (found == state_.messages.live.end() || !reaches(found->second, worker)) continue;
    if (reading.has(id)) continue;
    reading.single.insert(id);
    ++found->second.acknowledged;
    if (is_over(found->second)) remove(id);
  }
  settle(worker);
}

void UnreadIndex::expire(MessageId up_to) {
  std::map<MessageId, Message>& live = state_.messages.live;
  while (!live.empty() && live.begin()->first <= up_to) remove(live.begin()->first);
}

void UnreadIndex::remove(MessageId id) {
  const auto found = state_.messages.live.find(id);
  const Message& message = found->second;
  const auto drop_from = [&](List& list) {
    erase_from(list.all, id);
    if (message.urgent) erase_from(list.urgent, id);
  };
  if (message.is_direct()) {
    for (const WorkerIndex worker : message.recipients) {
      const auto own = direct_.find(worker);
      drop_from(own->second);
      if (own->second.all.empty()) direct_.erase(own);
    }
  } else {
    drop_from(channels_[message.channel.value]);
  }
  state_.messages.live.erase(found);
}

// Once nothing is unread, one number says so; what it read in other roles is kept apart.
void UnreadIndex::settle(WorkerIndex worker) {
  Messages& messages = state_.messages;
  const auto found = messages.readings.find(worker);
  if (found == messages.readings.end()) return;
  Reading& reading = found->second;
  const bool all_read = of(worker).all == 0;
  std::erase_if(reading.single, [&](MessageId id) {
    const auto message = messages.live.find(id);
    return message == messages.live.end() || (all_read && reaches(message->second, worker));
  });
  if (all_read) reading.up_to = messages.last;
}

// `up_to` was said of what reached the worker so far; it says nothing of what reaches it next.
void UnreadIndex::read_singly(WorkerIndex worker) {
  const auto found = state_.messages.readings.find(worker);
  if (found == state_.messages.readings.end() || found->second.up_to == 0) return;
  for (const MessageId id : inbox(worker)) {
    if (id <= found->second.up_to) found->second.single.insert(id);
  }
  found->second.up_to = 0;
}

void UnreadIndex::leave_channels(WorkerIndex worker) {
  read_singly(worker);
  count_member(worker, false);
}

void UnreadIndex::enter_channels(WorkerIndex worker) {
  count_member(worker, true);
  settle(worker);
}

void UnreadIndex::count_member(WorkerIndex worker, bool enters) {
  const bool has_read = state_.messages.readings.contains(worker);
  for_each_channel(worker, [&](AssigneeIndex channel) {
    if (members_.size() <= channel.value) members_.resize(channel.value + 1);
    members_[channel.value] += enters ? 1U : -1U;
    if (!has_read || channel.value >= channels_.size()) return;
    for (const MessageId id : channels_[channel.value].all) {
      if (is_read(id, worker)) state_.messages.live.at(id).acknowledged += enters ? 1U : -1U;
    }
  });
}

void UnreadIndex::begin_lead(WorkerIndex worker, AssigneeIndex role) {
  leave_channels(worker);
  ++leads_[worker][role];
  enter_channels(worker);
}

void UnreadIndex::end_lead(WorkerIndex worker, AssigneeIndex role) {
  leave_channels(worker);
  Roles& roles = leads_.at(worker);
  if (--roles.at(role) == 0) roles.erase(role);
  if (roles.empty()) leads_.erase(worker);
  enter_channels(worker);
}

void UnreadIndex::adopt() {
  for (auto& [id, message] : state_.messages.live) {
    enlist(id, message);
    message.acknowledged = 0;
  }
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    for_each_channel(WorkerIndex{i}, [&](AssigneeIndex channel) {
      if (members_.size() <= channel.value) members_.resize(channel.value + 1);
      ++members_[channel.value];
    });
  }
  for (const auto& [worker, reading] : state_.messages.readings) {
    for (const MessageId id : inbox(worker)) {
      if (reading.has(id)) ++state_.messages.live.at(id).acknowledged;
    }
  }
}

}  // namespace evener
