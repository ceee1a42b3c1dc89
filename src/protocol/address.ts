/** A device of a user, and its one text form `user/device`. */

export interface Address {
  readonly user: string;
  readonly device: string;
}

/** The text form of an address, as traces and logs name it. */
export function addressOf(address: Address): string {
  return `${address.user}/${address.device}`;
}

/** Whether two addresses name the same device. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.user === b.user && a.device === b.device;
}
