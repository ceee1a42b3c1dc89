/** The devices of one repetition by their addresses, and what they show together. */
import type { Device } from '../../probe/device/device.js';
import { type Address, addressOf } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';

export class Ensemble {
  readonly #devices = new Map<string, Device>();

  add(device: Device): void {
    this.#devices.set(addressOf(device.address), device);
  }

  /** The device at an address. Throws for one that the scenario does not have. */
  at(address: Address): Device {
    const device = this.#devices.get(addressOf(address));
    if (device === undefined) throw new Error(`no device ${addressOf(address)} in this scenario`);
    return device;
  }

  view(address: Address): View {
    return this.at(address).shown().view;
  }

  /** Every device, in the order of the scenario. */
  get all(): Device[] {
    return [...this.#devices.values()];
  }

  /** Those that are not away. */
  get present(): Device[] {
    return this.all.filter((device) => device.presence() !== 'away');
  }

  /** The state that each shows, such as `alice/phone=connected bob/phone=ringing`. */
  everyView(): string {
    return [...this.#devices].map(([name, device]) => `${name}=${device.shown().view.state}`).join(' ');
  }
}
