/** The devices of one repetition by their addresses, and their states. */
import type { Device } from '../../probe/device/device.js';
import { type Address, addressOf } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';

export class Ensemble {
  readonly #devices = new Map<string, Device>();

  add(device: Device): void {
    this.#devices.set(addressOf(device.address), device);
  }

  /** The device at an address. Throws for an unknown one. */
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

  /** The online devices. */
  get present(): Device[] {
    return this.all.filter((device) => device.presence() !== 'away');
  }

  /** The state of each, such as `alice/phone=connected bob/phone=ringing`. */
  everyView(): string {
    return [...this.#devices].map(([name, device]) => `${name}=${device.shown().view.state}`).join(' ');
  }
}
