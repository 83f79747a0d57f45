variable "name" {
  description = "The repository's name: escriba-<environment>/<service>."
  type        = string
}

variable "force_destroy" {
  description = "Delete the repository with the images in it."
  type        = bool
  default     = false
}
